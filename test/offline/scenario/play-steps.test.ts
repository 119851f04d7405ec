import { expect, test } from 'vitest';
import { crashPoints, type Step } from '../../../src/offline/scenario/steps.ts';
import { crashPointsOf, playSteps, type StepPorts } from '../../../src/offline/scenario/play-steps.ts';

/** Ports that only write down what they were told. */
function recorder(pullRequest?: number) {
  const told: unknown[] = [];
  const tell = (...words: unknown[]) => {
    told.push(words);
    return Promise.resolve();
  };
  const ports: StepPorts = {
    as: (login) => ({
      addLabel: (...given) => tell(login, 'label', ...given),
      comment: (...given) => tell(login, 'comment', ...given),
      editIssue: (...given) => tell(login, 'edit', ...given),
      push: (given) => tell(login, 'push', given),
    }),
    issue: 1,
    defaultBranch: 'trunk',
    pullRequest: async () => pullRequest,
    waitFor: (condition) => tell('wait', condition),
    kill: (at) => tell('kill', at),
  };
  return { ports, told };
}

test('plays the steps one after the other', async () => {
  const { ports, told } = recorder(2);
  const steps: Step[] = [
    { do: 'edit-issue', by: 'mona', title: 'New' },
    { do: 'label', name: 'auto-build', by: 'mona' },
    { do: 'kill', at: 'after:build' },
    { do: 'wait-for', pullRequest: 'open', timeout: 9 },
    { do: 'comment', body: '/approve', by: 'mona', on: 'pull-request' },
    { do: 'comment', body: 'thanks', by: 'mona', on: 'issue' },
    { do: 'push', by: 'jules', message: 'more', files: { 'a.js': null } },
  ];
  const begun: number[] = [];
  await playSteps(steps, ports, (_step, index) => begun.push(index));
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(told).toEqual([
    ['mona', 'edit', 1, { title: 'New' }],
    ['mona', 'label', 1, 'auto-build'],
    ['kill', 'after:build'],
    ['wait', { pullRequest: 'open', timeout: 9 }],
    ['mona', 'comment', 2, '/approve'],
    ['mona', 'comment', 1, 'thanks'],
    ['jules', 'push', { branch: 'trunk', files: { 'a.js': null }, message: 'more' }],
  ]);
  expect(crashPointsOf(steps)).toEqual(['after:build']);
});

test('a comment on a pull request that is not there says what to do', async () => {
  const steps: Step[] = [{ do: 'comment', body: 'x', by: 'mona', on: 'pull-request' }];
  await expect(playSteps(steps, recorder().ports)).rejects.toThrow('there is none yet');
});

test('there is a crash point on both sides of every phase', () => {
  expect(crashPoints).toHaveLength(20);
  expect(crashPoints).toContain('before:preflight');
  expect(crashPoints).toContain('after:deliver');
});
