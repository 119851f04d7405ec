import { expect, test } from 'vitest';
import { checkExpectations } from '../../../src/offline/scenario/expect.ts';
import { Expect } from '../../../src/offline/scenario/format.ts';
import { repository, sampleEnd } from './sample-end.ts';

const check = (expected: unknown, end = sampleEnd()) =>
  checkExpectations(Expect.parse(expected), end).failures;
const [issue] = repository.issues;
const [pull] = repository.pulls;

test('everything that is so passes', () => {
  expect(
    check({
      outcome: 'merged',
      state: 'succeeded',
      route: 'merge',
      score: { min: 0.9 },
      issue: {
        state: 'closed',
        labels: { contains: ['auto-build'], lacks: ['bug'] },
        reactions: { contains: ['eyes'] },
      },
      pullRequest: {
        state: 'closed',
        merged: true,
        draft: false,
        title: { contains: ['slugify'] },
        body: { contains: ['Fixes #1'], lacks: ['TODO'] },
        files: { contains: ['src/slugify.js'], lacks: ['package.json'] },
      },
      comments: { byApp: 1, contains: ['merged'], lacks: ['failed to'] },
      checks: [{ name: 'auto-build', conclusion: 'success' }],
      files: { 'src/index.js': { equals: 'export {};\n', contains: ['export'] }, 'old.js': 'absent' },
      effects: { comment: 1, merge: 1, 'pull-request': 0 },
      modelCalls: { builder: 2, reviewer: 0 },
      attempts: { build: 2, suite: 0 },
    }),
  ).toEqual([]);
});

test.each<[unknown, string]>([
  [{ outcome: 'rejected' }, 'outcome: expected “rejected”, got “merged”'],
  [{ state: 'failed' }, 'state of the run: expected “failed”, got “succeeded”'],
  [{ route: 'review' }, 'route: expected “review”, got “merge”'],
  [{ score: { max: 0.5 } }, 'score: expected 0 to 0.5, got 0.9689'],
  [{ score: { min: 0.97 } }, 'score: expected 0.97 to 1, got 0.9689'],
  [{ issue: { state: 'open' } }, 'state of the issue: expected “open”, got “closed”'],
  [
    { issue: { labels: { lacks: ['auto-build'] } } },
    'labels of the issue: expected no “auto-build” in it, got “auto-build, enhancement”',
  ],
  [
    { issue: { reactions: { contains: ['rocket'] } } },
    'reactions to the issue: expected “rocket” in it, got “eyes”',
  ],
  [{ pullRequest: 'none' }, 'pull requests: expected none, got #2'],
  [{ pullRequest: { merged: false } }, 'pull request #2 merged: expected false, got true'],
  [
    { pullRequest: { title: { contains: ['Fix'] } } },
    'title of pull request #2: expected “Fix” in it, got “Add slugify(text, options)”',
  ],
  [{ comments: { byApp: 2 } }, 'comments by auto-build[bot]: expected 2, got 1'],
  [
    { checks: [{ name: 'ci / test', conclusion: 'success' }] },
    'conclusion of check “ci / test”: expected “success”, got “failure”',
  ],
  [
    { checks: [{ name: 'ci / lint', conclusion: 'success' }] },
    'conclusion of check “ci / lint”: expected “success”, got “in_progress”',
  ],
  [{ files: { 'src/index.js': 'absent' } }, 'src/index.js on main: expected absent, but it is there'],
  [{ files: { 'a.js': {} } }, 'a.js on main: is not there'],
  [
    { files: { 'src/index.js': { contains: ['import'] } } },
    'src/index.js on main: expected “import” in it, got “export {};\n”',
  ],
  [{ effects: { comment: 2 } }, 'effects comment: expected 2, got 1'],
  [{ modelCalls: { reviewer: 1 } }, 'model calls by reviewer: expected 1, got 0'],
  [{ attempts: { build: 1 } }, 'attempts of build: expected 1, got 2'],
])('%j', (expected, words) => {
  expect(check(expected)).toEqual([words]);
});

test('a run without a score, and none at all where one is expected', () => {
  const end = sampleEnd();
  expect(check({ score: {} }, { ...end, run: { ...end.run!, score: null } })).toEqual([
    'score: expected 0 to 1, got none',
  ]);
});

test('of two pull requests the one of the run is looked at; without a run there must be only one', () => {
  const pulls = [{ ...pull!, number: 3, merged: false }, pull!];
  const end = sampleEnd({ repository: { ...repository, pulls } });
  expect(check({ pullRequest: { merged: true } }, end)).toEqual([]);
  expect(check({ run: 'none', pullRequest: { merged: true } }, { ...end, run: undefined })).toEqual([
    'pull requests: expected one, got #3, #2',
  ]);
});

test('no run, where one is expected and where none is', () => {
  const none = sampleEnd({ run: undefined });
  expect(check({ run: 'none' }, none)).toEqual([]);
  expect(check({ outcome: 'merged' }, none)).toEqual(['No run was started.']);
  expect(check({ run: 'none' })).toEqual(['runs: expected none, got one that is succeeded']);
  expect(() => check({ run: 'none', outcome: 'merged' })).toThrow('there is nothing to expect of a run');
});

test('commands are looked for in their order, with the reactions of the app alone', () => {
  const says = (id: number, body: string, reactions: Record<string, string[]>) => ({
    ...issue!.comments[0]!,
    id,
    body,
    user: { login: 'mona', type: 'User' as const },
    reactions,
  });
  const comments = [
    says(12, '/approve', { '+1': ['auto-build[bot]'] }),
    says(11, '/approve', { '+1': ['hubert'] }),
  ];
  const end = sampleEnd({ repository: { ...repository, issues: [{ ...issue!, comments }], pulls: [] } });
  const command = (...reactions: object[]) => ({
    commands: reactions.map((each) => ({ body: '/approve', reactions: each })),
  });
  expect(check(command({ lacks: ['+1'] }, { contains: ['+1'] }), end)).toEqual([]);
  expect(check(command({ contains: ['+1'] }), end)).toEqual([
    'reactions to “/approve”: expected “+1” in it, got “nothing”',
  ]);
  expect(check(command({}, {}, {}), end)).toEqual(['comment “/approve”: there is none']);
});

test('checks are looked for on the pull request, and the last of a name counts', () => {
  const [first] = pull!.checks;
  const twice = { ...pull!, checks: [{ ...first!, conclusion: 'failure' }, first!] };
  const expected = { checks: [{ name: 'auto-build', conclusion: 'success' }] };
  expect(check(expected, sampleEnd({ repository: { ...repository, pulls: [twice] } }))).toEqual([]);
  expect(
    check(expected, sampleEnd({ repository: { ...repository, pulls: [{ ...pull!, checks: [] }] } })),
  ).toEqual(['check “auto-build”: expected success, but there is no such check; there are none']);
});

test('comments of other people do not count as those of the app', () => {
  const quoting = { ...issue!.comments[0]!, user: { login: 'jules', type: 'User' as const } };
  const end = sampleEnd({ repository: { ...repository, issues: [{ ...issue!, comments: [quoting] }] } });
  expect(check({ comments: { byApp: 0, lacks: ['merged'] } }, end)).toEqual([]);
});
