import { expect, test } from 'vitest';
import type { InstallationAdmin, Person, RepositoryAdmin } from '../../../src/offline/github/public-types.ts';
import { crashPointsOf, playSteps, type StepPorts } from '../../../src/offline/scenario/play-steps.ts';
import type { Step } from '../../../src/offline/scenario/steps.ts';

/** Ports that only write down what they were told. */
function recorder(pullRequest?: { number: number; branch: string; head: string }) {
  const told: unknown[] = [];
  const tell = async (...words: unknown[]) => {
    told.push(words);
    return { number: 7, id: 70, sha: 'c0ffee' } as never;
  };
  /** Every method of somebody, told with its name. */
  const actor = <T>(who: string) =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...given: unknown[]) =>
            tell(who, method, ...given),
      },
    ) as T;
  const ports: StepPorts = {
    as: (login) => actor<Person>(login),
    repository: () => actor<RepositoryAdmin>('repository'),
    installation: () => actor<InstallationAdmin>('installation'),
    rename: (to) => void told.push(['rename', to]),
    deleteRepository: () => tell('delete'),
    dropWebhooks: (how) => void told.push(['webhooks', how]),
    otherRepository: async (name) => ({ owner: 'octo-org', name }),
    issue: (name) => (name === 'first' ? 1 : 7),
    opened: (...given) => void told.push(['opened', ...given]),
    defaultBranch: 'trunk',
    pullRequest: async () => pullRequest,
    mergeQueueCommit: async () => 'cafe',
    lastCommentBy: async (login) => (login === 'mona' ? 70 : undefined),
    setRole: (...given) => void told.push(['role', ...given]),
    advanceClock: (ms) => tell('clock', ms),
    waitFor: (condition) => tell('wait', condition),
    kill: (at) => tell('kill', at),
    fault: (fault) => void told.push(['fault', fault]),
  };
  return { ports, told };
}

const pull = { number: 2, branch: 'auto-build/1-it', head: 'beef' };

test('plays the steps one after the other', async () => {
  const { ports, told } = recorder(pull);
  const steps: Step[] = [
    { do: 'edit-issue', by: 'mona', title: 'New' },
    { do: 'label', name: 'auto-build', by: 'mona' },
    { do: 'kill', at: 'after:build' },
    { do: 'wait-for', pullRequest: 'open', timeout: 9 },
    { do: 'comment', body: '/approve', by: 'mona', on: 'pull-request' },
    { do: 'comment', body: 'thanks', by: 'mona', on: 'issue' },
    { do: 'push', by: 'jules', message: 'more', files: { 'a.js': null } },
    {
      do: 'push',
      by: 'jules',
      message: 'other',
      files: { 'a.js': '' },
      branch: 'pull-request',
      onto: 'trunk',
    },
    { do: 'new-issue', as: 'second', by: 'jules', title: 'Too', body: 'This.', labels: [] },
    { do: 'label', name: 'auto-build', by: 'mona', issue: 'second' },
    { do: 'edit-comment', by: 'mona', body: 'never mind' },
    {
      do: 'review',
      by: 'jules',
      state: 'request-changes',
      comments: [{ path: 'a.js', line: 2, body: 'why' }],
    },
    { do: 'check', name: 'ci', conclusion: 'failure', app: 'github-actions' },
    { do: 'status', by: 'jules', name: 'old', state: 'success' },
    { do: 'set-rules', branch: 'main', requiredChecks: ['ci'] },
    { do: 'transfer-issue', by: 'mona', to: 'elsewhere' },
    { do: 'set-role', login: 'jules', role: 'read' },
    { do: 'advance-clock', hours: 4, minutes: 1 },
    { do: 'suspend' },
    { do: 'fault', operation: 'pulls/create', kinds: ['502', 'stale'] },
  ];
  const begun: number[] = [];
  await playSteps(steps, ports, (_step, index) => begun.push(index));
  expect(begun).toEqual(steps.map((_step, index) => index));
  expect(told).toEqual([
    ['mona', 'editIssue', 1, { title: 'New' }],
    ['mona', 'addLabel', 1, 'auto-build'],
    ['kill', 'after:build'],
    ['wait', { pullRequest: 'open', timeout: 9 }],
    ['mona', 'comment', 2, '/approve'],
    ['mona', 'comment', 1, 'thanks'],
    ['jules', 'push', { branch: 'trunk', files: { 'a.js': null }, message: 'more' }],
    ['jules', 'push', { branch: 'auto-build/1-it', files: { 'a.js': '' }, message: 'other', onto: 'trunk' }],
    ['jules', 'createIssue', { title: 'Too', body: 'This.', labels: [] }],
    ['opened', 'second', 7],
    ['mona', 'addLabel', 7, 'auto-build'],
    ['mona', 'editComment', 70, 'never mind'],
    ['jules', 'review', 2, { state: 'request_changes', comments: [{ path: 'a.js', line: 2, body: 'why' }] }],
    ['repository', 'reportCheck', { sha: 'beef', name: 'ci', app: 'github-actions', conclusion: 'failure' }],
    ['jules', 'setStatus', 'beef', { context: 'old', state: 'success' }],
    ['repository', 'setRules', 'main', { requiredChecks: ['ci'] }],
    ['mona', 'transferIssue', 1, { owner: 'octo-org', name: 'elsewhere' }],
    ['role', 'jules', 'read'],
    ['clock', 241 * 60_000],
    ['installation', 'suspend'],
    ['fault', { operation: 'pulls/create', kind: '502' }],
    ['fault', { operation: 'pulls/create', kind: 'stale' }],
  ]);
  expect(crashPointsOf(steps)).toEqual(['after:build']);
});

test('a comment on a pull request that is not there says what to do', async () => {
  const steps: Step[] = [{ do: 'comment', body: 'x', by: 'mona', on: 'pull-request' }];
  await expect(playSteps(steps, recorder().ports)).rejects.toThrow('there is none yet');
});

test('a comment that nobody wrote cannot be edited', async () => {
  const steps: Step[] = [{ do: 'edit-comment', by: 'jules', body: 'x' }];
  await expect(playSteps(steps, recorder().ports)).rejects.toThrow('@jules wrote no comment');
});
