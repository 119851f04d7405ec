import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type CrashPoint, crashPoints, type Step } from '../../src/offline/scenario/steps.ts';
import { checksCreated, type End, play, shipped, writes } from './play.ts';

/** Delivering is two things, each of which can be cut: opening the pull request, and merging it. */
const before = crashPoints.filter((point) => point.startsWith('before:'));
const after = crashPoints.filter((point) => point.startsWith('after:'));
const chains: Record<string, CrashPoint[]> = {
  'before each phase': [...before, 'after:deliver', 'before:deliver'],
  'after each phase': [...after, 'after:deliver'],
};

test('the chains leave no crash point out', () => {
  expect(new Set(Object.values(chains).flat())).toEqual(new Set(crashPoints));
  expect(crashPoints).toHaveLength(20);
});

describe('killed, and started again', () => {
  let tree: Promise<string> | undefined;
  /** What is merged when nothing happens in between; played once. */
  const undisturbed = () => {
    tree ??= shipped('one-line-fix')
      .then((scenario) => play(scenario))
      .then(mergedTree);
    return tree;
  };

  test.for(Object.entries(chains))('%s', { timeout: 120_000 }, async ([, points]) => {
    const scenario = await shipped('one-line-fix');
    const kills = points.map((at): Step => ({ do: 'kill', at }));
    const end = await play({ ...scenario, steps: scenario.steps.toSpliced(1, 0, ...kills) });
    expect(end.result.failures).toEqual([]);
    expect(end.run?.outcome).toBe('merged');
    expect(writes(end.world)).toMatchObject({
      'issues/create-comment': 1,
      'git/receive-pack': 1,
      'pulls/create': 1,
      'pulls/merge': 1,
    });
    const checks = checksCreated(end.world);
    expect(checks).toHaveLength(11);
    expect(new Set(checks).size).toBe(11);
    expect(end.comments).toHaveLength(1);
    expect(end.comments[0]).toContain('**Merged with #2.**');
    expect(await mergedTree(end)).toBe(await undisturbed());
  });
});

/** What is on the default branch after the merge, as git names it. */
async function mergedTree({ world, repository: { owner, name } }: End): Promise<string> {
  const dir = world.github.gitDir({ owner, name });
  const { stdout } = await promisify(execFile)('git', ['--git-dir', dir, 'rev-parse', 'main^{tree}']);
  return stdout.trim();
}
