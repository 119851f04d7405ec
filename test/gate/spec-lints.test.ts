import { expect, test } from 'vitest';
import { lintSpec } from '../../src/gate/spec-lints.ts';
import type { Contract, FrozenIssue, Interface, Plan } from '../../src/run/artifacts.ts';

const issue = {
  number: 1,
  title: 'slugify()',
  body: 'Add slugify(). An empty text is refused.',
} as FrozenIssue;
const contract: Contract = {
  id: 'C1',
  kind: 'new',
  title: 'words are joined',
  given: 'a text of several words with any number of spaces between them',
  when: 'slugify is called with it',
  // biome-ignore lint/suspicious/noThenProperty: a field of contracts
  then: 'it gives the words in lower case with one hyphen between each two of them',
  examples: [{ input: 'slugify("A  b")', output: '"a-b"' }],
  edgeCases: [],
};
const plan: Plan = {
  summary: 'Split and join.',
  tasks: [{ id: 'T1', title: 'slugify', paths: ['src/a.js'], detail: 'Write it.' }],
  newDependencies: [],
};
const item = {
  path: 'src/a.js',
  name: 'slugify',
  kind: 'function' as const,
  signature: '(text: string) => string',
};
const shared: Interface = { items: [item], literals: [] };

function leaks(over: { shared?: Partial<Interface>; contract?: Partial<Contract>; plan?: Partial<Plan> }) {
  const findings = lintSpec({
    issue,
    shared: { ...shared, ...over.shared },
    contracts: { contracts: [{ ...contract, ...over.contract }] },
    plan: { ...plan, ...over.plan },
  });
  return findings.map(({ about, problem }) => `${about}: ${problem}`);
}

test('a spec that keeps its sides apart has no findings', () => {
  expect(leaks({})).toEqual([]);
});

test('a message that both must know may be long, when the contract has it in quotation marks', () => {
  const message = 'slugify needs a text with at least one letter or digit in it';
  // biome-ignore lint/suspicious/noThenProperty: a field of contracts
  const then = (words: string) => ({ ...contract, then: `it throws a TypeError that says ${words}` });
  expect(leaks({ shared: { literals: [message, 'TypeError'] }, contract: then(`“${message}”`) })).toEqual([]);
  expect(leaks({ shared: { literals: [message, 'TypeError'] }, contract: then(message) })).toHaveLength(1);
});

test.each([
  ['a literal', { literals: [contract.then] }],
  ['a signature', { items: [{ ...item, signature: `(text: string) => string // ${contract.then}` }] }],
])('%s that repeats a contract goes back to the author', (_, over) => {
  expect(leaks({ shared: over })).toEqual([
    expect.stringMatching(
      /^implementation-leakage: “it gives the words in lower case with” stands in .* contract/,
    ),
  ]);
});

test('a literal that tells a story goes back to the author', () => {
  const story = Array.from({ length: 21 }, (_, at) => `w${at}`).join(' ');
  expect(leaks({ shared: { literals: [story] } })).toEqual([expect.stringContaining('longer than 20 words')]);
});

test('so does a plan with a contract in it, unless the issue says the same', () => {
  expect(leaks({ plan: { summary: contract.given } })).toEqual([
    expect.stringContaining('stands in the plan'),
  ]);
  const said = { given: 'An empty text is refused and add slugify to it all' };
  expect(leaks({ contract: said, plan: { summary: 'Add slugify(). An empty text is refused.' } })).toEqual(
    [],
  );
});
