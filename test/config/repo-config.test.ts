import { defaultPolicy } from '../../src/run/history.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRepoConfig, toPolicy } from '../../src/config/repo-config.ts';
import { defaultBudgets } from '../../src/run/facts.ts';

function config(text: string | undefined) {
  const result = parseRepoConfig(text);
  if ('errors' in result) throw new Error(result.errors.map((error) => error.words).join('\n'));
  return result.config;
}
function mistakes(text: string): string[] {
  const result = parseRepoConfig(text);
  return 'errors' in result ? result.errors.map((error) => error.words) : [];
}

const defaults = {
  label: 'auto-build',
  merge: 'score',
  approveSpec: false,
  budgets: {},
  protectedPaths: [],
  requiredChecks: [],
};

test.each([undefined, '', '# nothing yet\n', '{}'])('%j means the defaults', (text) => {
  expect(config(text)).toEqual(defaults);
});

test('everything that can be said', () => {
  const text = `
label: build me
merge: approval
approve_spec: true
budgets:
  usd: 2.5
  minutes: 30
  spec_rounds: 1
  repairs: 0
protected_paths: [infra/**, "*.tf"]
required_checks:
  - ci / test
`;
  expect(config(text)).toEqual({
    label: 'build me',
    merge: 'approval',
    approveSpec: true,
    budgets: { usd: 2.5, activeMs: 1_800_000, specRounds: 1, repairs: 0 },
    protectedPaths: ['infra/**', '*.tf'],
    requiredChecks: ['ci / test'],
  });
});

test('mistakes are told all at once, with place, field and what is allowed', () => {
  const text = `label: ""
merge: always
approve_spec: 1
budgets:
  usd: 50
  repiars: 2
protected_paths: infra
required_checks: [ci, 7]
aprove_spec: true
zebra: 1
`;
  expect(mistakes(text)).toMatchInlineSnapshot(`
    [
      ".github/auto-build.yml:1:8: label must be a label name",
      ".github/auto-build.yml:2:8: merge must be score or approval",
      ".github/auto-build.yml:3:15: approve_spec must be true or false",
      ".github/auto-build.yml:5:8: budgets.usd must be a number above 0 and up to 10 (budgets can be lowered only)",
      ".github/auto-build.yml:6:3: budgets.repiars is not a setting; did you mean repairs?",
      ".github/auto-build.yml:7:18: protected_paths must be a list, each item a path pattern, e.g. infra/**",
      ".github/auto-build.yml:8:23: required_checks.1 must be the name of a check, as GitHub shows it",
      ".github/auto-build.yml:9:1: aprove_spec is not a setting; did you mean approve_spec?",
      ".github/auto-build.yml:10:1: zebra is not a setting; known are label, merge, approve_spec, budgets, protected_paths, required_checks",
    ]
  `);
});

test.each([
  ['- a list', '.github/auto-build.yml:1:1: the file must be'],
  ['just text', '.github/auto-build.yml:1:1: the file must be'],
  ['merge: score\nmerge: approval', '.github/auto-build.yml:2:1: this is not valid YAML'],
  ['label: [', '.github/auto-build.yml:1:9: this is not valid YAML'],
  ['label: a\n---\nlabel: b', 'this is not valid YAML'],
  ['label: !!js/function "x"', 'this is not valid YAML'],
  ['a: &a [x]\nprotected_paths: *a', 'aliases (*name) are not allowed'],
  ['budgets:\n', 'budgets must be'],
  ['__proto__: {}', '__proto__ is not a setting'],
  [`label: ${'x'.repeat(70_000)}`, 'the file is larger than'],
])('%j is refused', (text, words) => {
  expect(mistakes(text).join('\n')).toContain(words);
});

test('any text gives a configuration or mistakes that point into it', () => {
  const lines = fc.constantFrom(
    'label:',
    ' x',
    '- ',
    'merge: score',
    '\n',
    '{',
    '}',
    '&a',
    '*a',
    '? ',
    '!!',
    '"',
    '\t',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(lines).map((parts) => parts.join('')),
      ),
      (text) => {
        const result = parseRepoConfig(text);
        if ('config' in result) return;
        expect(result.errors.length).toBeGreaterThan(0);
        for (const error of result.errors) {
          expect(error.line).toBeGreaterThan(0);
          expect(error.column).toBeGreaterThan(0);
          expect(error.line).toBeLessThanOrEqual(text.split('\n').length);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('the policy takes the tightest of defaults, operator and repository', () => {
  expect(toPolicy(config(undefined), 'main')).toEqual(defaultPolicy);
  const mine = config('merge: approval\nbudgets: { usd: 4, minutes: 20 }');
  expect(toPolicy(mine, 'dev', { usd: 3, activeMs: 3_600_000, repairs: 99 })).toMatchObject({
    baseBranch: 'dev',
    merge: 'approval',
    budgets: { ...defaultBudgets, usd: 3, activeMs: 1_200_000 },
  });
});
