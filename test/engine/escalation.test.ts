import { expect, test } from 'vitest';
import { ownersIn } from '../../src/engine/escalation.ts';
import { escalationComment } from '../../src/text/escalation.ts';

const given = {
  marker: '<!-- m -->',
  head: 'c0ffee00c0ffee00',
  hours: 4,
  because: 'owners of the paths that it touches',
};

test('people are mentioned by name, and only what can be a name is', () => {
  const body = escalationComment({ ...given, people: ['mona', 'acme/core-team', 'x y', '**bold**', '-no'] });
  expect(body.match(/@[\w/-]+/g)).toEqual(['@mona', '@acme/core-team']);
  expect(body).toMatchSnapshot();
});

test('nobody is chosen silently: where nobody is named, it says so', () => {
  const body = escalationComment({ ...given, people: [] });
  expect(body).not.toContain('@');
  expect(body).toMatchSnapshot();
});

const codeowners = `
# comment
*           @everyone
/docs/      @writers @mona
*.sql       @db-team/dba  # trailing
/src/legacy
docs@example.com nobody@example.com
`;

test.each([
  ['README.md', ['everyone']],
  ['docs/guide.md', ['writers', 'mona']],
  ['src/docs/x.md', ['everyone']],
  ['deep/down/schema.sql', ['db-team/dba']],
  ['src/legacy/old.js', []],
])('the last line that fits %s decides', (path, owners) => {
  expect(ownersIn(codeowners, path)).toEqual(owners);
});
