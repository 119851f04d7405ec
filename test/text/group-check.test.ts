import { expect, test } from 'vitest';
import { groupCheck } from '../../src/text/group-check.ts';

const proven = 'a'.repeat(40);

test.each([
  ['where it was proven', proven, 'success'],
  ['on something newer', 'b'.repeat(40), 'neutral'],
])('the check on a commit of a merge queue that stands %s', (_, base, conclusion) => {
  const check = groupCheck({ number: 7, proven, base, at: 1 });
  expect(check).toMatchObject({ name: 'auto-build', conclusion });
  expect(check.output).toMatchSnapshot();
});
