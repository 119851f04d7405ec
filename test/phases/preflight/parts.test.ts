import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { closes } from '../../../src/phases/preflight/issue-index.ts';
import { blockersNamed, openWork } from '../../../src/phases/preflight/open-work.ts';
import { missingPermissions, neededPermissions } from '../../../src/phases/preflight/permissions.ts';
import { riskyWorkflows } from '../../../src/phases/preflight/workflows.ts';

describe('permissions of the app', () => {
  test('are those that app.yml asks for', async () => {
    const manifest = parse(await readFile(path.resolve(import.meta.dirname, '../../../app.yml'), 'utf8')) as {
      default_permissions: Record<string, string>;
    };
    const needed = Object.entries(neededPermissions).map(([name, [level]]) => [name, level]);
    expect(Object.fromEntries(needed)).toEqual(manifest.default_permissions);
    expect(missingPermissions(manifest.default_permissions)).toEqual([]);
  });

  test('that were not granted are named with what they are for', () => {
    const granted = {
      metadata: 'read',
      contents: 'read',
      issues: 'write',
      checks: 'write',
      statuses: 'write',
    };
    expect(missingPermissions(granted)).toEqual([
      'contents: write (to read the code and push a branch)',
      'pull requests: write (to open a pull request)',
    ]);
  });
});

describe('workflows that hand out secrets', () => {
  const branches = { head: 'auto-build/1-add-slugify', base: 'main' };
  const risk = async (text: string, file = '.github/workflows/ci.yml') =>
    (await riskyWorkflows({ list: () => [file], read: async () => text }, branches)).map(
      ({ on, secrets }) => `${on}: ${secrets.join(', ')}`,
    );
  const job = `jobs: { a: { steps: [{ run: x, env: { T: "\${{ secrets.NPM_TOKEN }}" } }] } }`;

  test.for([
    ['a push', `on: push\n${job}`, 'push: NPM_TOKEN'],
    ['a push, in a list', `on: [workflow_dispatch, push]\n${job}`, 'push: NPM_TOKEN'],
    ['a push of any branch', `on: { push: { branches: ["**"] } }\n${job}`, 'push: NPM_TOKEN'],
    [
      'a push of branches like ours',
      `on: { push: { branches: ["auto-build/**"] } }\n${job}`,
      'push: NPM_TOKEN',
    ],
    ['a pull request', `on:\n  pull_request:\n${job}`, 'pull_request: NPM_TOKEN'],
    [
      'a pull request to main',
      `on: { pull_request_target: { branches: [main] } }\n${job}`,
      'pull_request_target: NPM_TOKEN',
    ],
    ['secrets by index', `on: push\njobs: { a: { env: { T: "\${{ secrets['KEY'] }}" } } }`, 'push: KEY'],
    [
      'a called workflow',
      'on: push\njobs:\n  a:\n    uses: ./x.yml\n    secrets: inherit',
      'push: all of them (secrets: inherit)',
    ],
    ['what cannot be read', `on: [push\n${job}`, 'push: NPM_TOKEN'],
  ])('on %s are named', async ([, text = '', expected = '']) => {
    expect(await risk(text)).toEqual([expected]);
  });

  test.for([
    ['a push to main', `on: { push: { branches: [main] } }\n${job}`],
    ['a push of one level only', `on: { push: { branches: ["*"] } }\n${job}`],
    ['a push of all but ours', `on: { push: { branches: ["**", "!auto-build/**"] } }\n${job}`],
    ['a push that ignores ours', `on: { push: { branches-ignore: ["auto-build/**"] } }\n${job}`],
    ['a tag', `on: { push: { tags: ["v*"] } }\n${job}`],
    ['a pull request to another branch', `on: { pull_request: { branches: [release] } }\n${job}`],
    ['a schedule', `on: { schedule: [{ cron: "0 0 * * *" }] }\n${job}`],
    ['a push without secrets', `on: push\njobs: { a: { env: { T: "\${{ secrets.GITHUB_TOKEN }}" } } }`],
  ])('on %s are not ours to mind', async ([, text = '']) => {
    expect(await risk(text)).toEqual([]);
  });

  test('are files in the folder of workflows only', async () => {
    expect(await risk(`on: push\n${job}`, 'docs/ci.yml')).toEqual([]);
  });
});

test('blockers are named in lines of their own', () => {
  const body = [
    'Blocked by #12 and #13.',
    '- depends on: #14',
    '**Blocked by** #12',
    'We were blocked by #99 last year, and see #98.',
    'Blocked by other/repo#97',
  ].join('\n');
  expect(blockersNamed(body)).toEqual([12, 13, 14]);
});

test.for([
  ['Fixes #7', true],
  ['fixed: #7, and more', true],
  ['This resolves #7.', true],
  ['Fixes #77', false],
  ['See #7', false],
  ['prefixes #7', false],
] as const)('“%s” says that it closes #7: %s', ([body, expected]) => {
  expect(closes({ title: '', body }, 7)).toBe(expected);
});

describe('open work', () => {
  const pull = { number: 9, title: 'x', body: 'Fixes #7', author: 'mona', ours: false, branch: 'fix' };
  const ask = (over: Partial<Parameters<typeof openWork>[0]> = {}) =>
    openWork({
      issue: { number: 7, assignees: [] },
      startedBy: 'mona',
      branch: 'auto-build/7-x',
      pulls: [],
      ...over,
    });

  test('is a pull request that says so, by people or by us', () => {
    expect(ask({ pulls: [pull] })).toEqual(['Pull request #9 by @mona says that it closes this issue.']);
    const ours = { ...pull, author: 'auto-build[bot]', ours: true, branch: 'auto-build/7-another-title' };
    expect(ask({ pulls: [ours] })).toHaveLength(1);
  });

  test('is not the pull request that this run continues', () => {
    expect(ask({ pulls: [{ ...pull, ours: true, branch: 'auto-build/7-x' }] })).toEqual([]);
    // Somebody else's branch of that name is no branch of ours.
    expect(ask({ pulls: [{ ...pull, branch: 'auto-build/7-x' }] })).toHaveLength(1);
  });

  test('is another person who took the issue', () => {
    expect(ask({ issue: { number: 7, assignees: ['Mona', 'jules', 'bot[bot]'] } })).toEqual([
      '@jules took this issue already.',
    ]);
  });
});
