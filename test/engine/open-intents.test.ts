import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../src/engine/effects.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import type { EffectRequest } from '../../src/phases/effects-port.ts';
import { openStore } from '../../src/store/open.ts';

/** Several lives of one run that write one thing, to a world whose list shows it at the second look only. */
async function bench() {
  const store = await openStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const { run } = await store.createRun({ owner: 'o', repo: 'r', repoId: 1, installationId: 1, issue: 1 });
  const world: string[] = [];
  const kind = 'pull-request';
  const ensure = (write: Pick<EffectRequest, 'look' | 'act'>) =>
    openLedger({ ledger: store.effects, crashPoint: () => {}, lagMs: [1, 1] })(run.id).ensure({
      ...{ key: kind, kind, intent: {} },
      ...write,
    });
  const make = async () => {
    world.push(`#${world.length + 1}`);
    return world.at(-1)!;
  };
  return {
    world,
    refused: () => ensure({ look: async () => undefined, act: refuse }).catch(() => {}),
    async killedAfterTheCall() {
      const called = Promise.withResolvers<void>();
      const act = async () => {
        await make();
        called.resolve();
        return new Promise<string>(() => {});
      };
      void ensure({ look: async () => undefined, act });
      await called.promise;
    },
    refusedWhileItLooks: () => ensure({ look: refuse, act: make }).catch(() => {}),
    lives() {
      let looks = 0;
      return ensure({ look: async () => (++looks > 1 ? world[0] : undefined), act: make });
    },
  };
}

async function refuse(): Promise<never> {
  throw new GitHubError({ kind: 'rate-limited', status: 403, words: 'slow down', cause: undefined });
}

test('refused, then killed after the call: the life after that looks for long', async () => {
  const { world, refused, killedAfterTheCall, lives } = await bench();
  await refused();
  await killedAfterTheCall();
  expect(await lives()).toBe('#1');
  expect(world).toEqual(['#1']);
});

test('killed after the call, then refused while it looked: the life after that looks for long', async () => {
  const { world, killedAfterTheCall, refusedWhileItLooks, lives } = await bench();
  await killedAfterTheCall();
  await refusedWhileItLooks();
  expect(await lives()).toBe('#1');
  expect(world).toEqual(['#1']);
});
