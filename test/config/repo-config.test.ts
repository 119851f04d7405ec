import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { effectiveConfig, noLimits, strictestPolicy } from '../../src/config/effective.ts';
import { explainConfig } from '../../src/config/explain.ts';
import { jsonSchema, publishedFiles } from '../../src/config/published.ts';
import { parseRepoConfig } from '../../src/config/repo-config.ts';
import { defaultBudgets } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';

const nothing = { repository: undefined, organisation: undefined, operator: noLimits };
const organisation = (text: string) => ({ text, name: 'acme/.github:.github/auto-build.yml' });

function policy(sources: Partial<Parameters<typeof effectiveConfig>[0]>) {
  const result = effectiveConfig({ ...nothing, ...sources });
  if ('errors' in result) throw new Error(result.errors.map((error) => error.words).join('\n'));
  return result.policy('main');
}
function mistakes(text: string): string[] {
  const result = parseRepoConfig(text);
  return 'errors' in result ? result.errors.map((error) => error.words) : [];
}

test.each([undefined, '', '# nothing yet\n', '{}'])('%j means the defaults', (repository) => {
  expect(policy({ repository })).toEqual(defaultPolicy);
});

const everything = `
$schema: auto-build.schema.json
label: build me
profile: thorough
push: after-approval
merge: approval
approve_spec: true
two_person_approval: true
dry_run: true
human_review_hours: 0.5
reviewers: [octocat, acme/platform]
budgets:
  usd: 2.5
  usd_per_day: 20
  minutes: 30
  spec_rounds: 1
  repairs: 0
protected_paths: [infra/**, "*.tf"]
required_checks:
  - ci / test
`;

test('everything that can be said', () => {
  expect(policy({ repository: everything })).toEqual({
    baseBranch: 'main',
    label: 'build me',
    push: 'after-approval',
    merge: 'approval',
    approveSpec: true,
    twoPersonApproval: true,
    dryRun: true,
    humanReviewMs: 1_800_000,
    reviewers: ['octocat', 'acme/platform'],
    budgets: {
      ...defaultBudgets,
      usd: 2.5,
      usdPerDay: 20,
      activeMs: 1_800_000,
      specRounds: 1,
      repairs: 0,
      strongerFromCandidate: 1,
    },
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
      ".github/auto-build.yml:10:1: zebra is not a setting; known are label, profile, push, merge, approve_spec, two_person_approval, dry_run, human_review_hours, reviewers, required_checks, protected_paths, budgets",
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
        if ('file' in result) return;
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

test('the tightest budget wins, whoever set it', () => {
  const operator = { budgets: { usd: 3, activeMs: 3_600_000, repairs: 99 }, dryRun: false };
  const repository = 'budgets: { usd: 4, minutes: 20, rejections: 2 }';
  expect(
    policy({ repository, operator, organisation: organisation('budgets: { rejections: 1 }') }).budgets,
  ).toEqual({ ...defaultBudgets, usd: 3, activeMs: 1_200_000, rejections: 1 });
  expect(policy({ repository: 'profile: quick\nbudgets: { usd: 4 }' }).budgets).toMatchObject({
    usd: 3,
    activeMs: 1_800_000,
    repairs: 3,
  });
});

test("the repository's word goes before its organisation's; what protects adds up", () => {
  const theirs = organisation(
    'merge: approval\napprove_spec: true\nreviewers: [lead]\nrequired_checks: [cla]\nprotected_paths: [a]',
  );
  const repository = 'merge: score\nreviewers: [me]\nrequired_checks: [ci, cla]';
  expect(policy({ repository, organisation: theirs })).toMatchObject({
    merge: 'score',
    approveSpec: true,
    reviewers: ['me'],
    requiredChecks: ['cla', 'ci'],
    protectedPaths: ['a'],
  });
});

test('a dry run that the operator wants cannot be switched off', () => {
  const operator = { budgets: {}, dryRun: true };
  expect(policy({ repository: 'dry_run: false', operator }).dryRun).toBe(true);
  expect(strictestPolicy('main', operator)).toMatchObject({
    merge: 'approval',
    push: 'after-approval',
    approveSpec: true,
    dryRun: true,
  });
});

test('mistakes of both files come at once, each with its file', () => {
  const result = effectiveConfig({
    ...nothing,
    repository: 'merge: 1',
    organisation: organisation('\nlable: x'),
  });
  expect('errors' in result && result.errors.map((error) => error.words)).toEqual([
    'acme/.github:.github/auto-build.yml:2:1: lable is not a setting; did you mean label?',
    '.github/auto-build.yml:1:8: merge must be score or approval',
  ]);
});

test('explain says what holds and where it comes from', () => {
  const { text, mistakes } = explainConfig({
    repository: 'merge: approval\n\nprotected_paths: [infra/**]\nbudgets:\n  repairs: 4\n  usd: 9\n',
    organisation: organisation('profile: quick\nprotected_paths: [legal/**]\n'),
    operator: { budgets: { activeMs: 600_000 }, dryRun: true },
  });
  expect(mistakes).toBe(false);
  expect(`\n${text.replaceAll(/ +$/gm, '')}\n`).toMatchInlineSnapshot(`
    "
    Read .github/auto-build.yml.
    Read acme/.github:.github/auto-build.yml.

    label                auto-build               default
    profile              quick                    acme/.github:.github/auto-build.yml:1
    push                 now                      default
    merge                approval                 .github/auto-build.yml:1
    approve_spec         false                    default
    two_person_approval  false                    default
    dry_run              true                     DRY_RUN
    human_review_hours   4                        default
    reviewers            []                       default
    required_checks      []                       default
    protected_paths      ["legal/**","infra/**"]  acme/.github:.github/auto-build.yml:2, .github/auto-build.yml:3
    budgets.usd          3                        profile quick
    budgets.usd_per_day  50                       default
    budgets.minutes      10                       AUTO_BUILD_MINUTES_PER_RUN
    budgets.spec_rounds  2                        profile quick
    budgets.repairs      3                        profile quick
    budgets.rejections   2                        default
    budgets.base_moves   3                        default
    "
  `);
});

test('explain tells mistakes instead', () => {
  const { text, mistakes } = explainConfig({ ...nothing, repository: 'label: 7' });
  expect(mistakes).toBe(true);
  expect(text).toContain('.github/auto-build.yml:1:8: label must be a label name');
});

test.each(Object.entries(publishedFiles()))(
  '%s is in step; npm run auto-build -- config publish',
  async (file, text) => {
    expect(await readFile(path.resolve(file), 'utf8')).toBe(text);
  },
);

test('the published schema accepts and refuses what we do', () => {
  const check = new Ajv({ strict: false }).compile(JSON.parse(jsonSchema()));
  for (const text of ['{}', everything]) expect(check(parse(text)), text).toBe(true);
  for (const text of [
    'lable: x',
    'merge: always',
    'budgets: { usd: 11 }',
    'budgets: { repairs: 1.5 }',
    'reviewers: x',
  ]) {
    expect(mistakes(text), text).not.toEqual([]);
    expect(check(parse(text)), text).toBe(false);
  }
});
