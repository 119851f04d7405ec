import { expect, onTestFinished, test } from 'vitest';
import { createClock } from '../../src/engine/clock.ts';
import type { Phase } from '../../src/phases/phase.ts';
import { hashOf } from '../../src/run/artifacts.ts';
import { type Fact, phaseNames, type Said } from '../../src/run/facts.ts';
import { defaultPolicy } from '../../src/run/history.ts';
import { deriveState } from '../../src/run/state.ts';
import { openStore } from '../../src/store/open.ts';
import { swiftEngine, swiftPhase } from '../intake/swift.ts';

const head = 'c0ffee';
const delivered = { pull: { number: 2, head }, repository: {} as never, deliveredAt: 0 };

/**
 * A run whose engine asks the operator, which takes a moment where the day's money is limited, and hears a command
 * meanwhile. Resolves to what was begun afterwards, and how the run ended.
 * @param before asked before the merge instead of before the build
 */
async function saidWhileAsking(verb: Said['verb'], before: 'build' | 'merge') {
  const store = await openStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const clock = createClock();
  const begun: string[] = [];
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<undefined>();
  const comesNext = (facts: Fact[]) =>
    before === 'merge'
      ? facts.some((fact) => fact.fact === 'said')
      : facts.some((fact) => fact.fact === 'made' && fact.kind === 'red-proof');
  let run = '';
  let waited = false;
  const hold = async () => {
    if (waited || !comesNext(await store.facts(run))) return undefined;
    waited = true;
    asked.resolve();
    return answer.promise;
  };
  const phases = phaseNames.map((name): Phase => {
    const swift = swiftPhase(name, delivered);
    return {
      ...swift,
      run(context) {
        begun.push(context.asked.kind);
        return swift.run(context);
      },
    };
  });
  const engine = swiftEngine(store, delivered, { clock, phases, hold } as never);
  onTestFinished(() => engine.close());
  const [issue, base] = [hashOf({}), 'b'];
  const start: Fact = { fact: 'saw', at: clock.now(), what: 'start', issue, base, policy: defaultPolicy };
  const derived = { ...deriveState([start]), branch: 'auto-build/1-one' };
  const where = { owner: 'a', repo: 't', repoId: 1, installationId: 1, issue: 1 };
  const begin = { facts: [start], artifacts: [], derived };
  run = (await engine.start({ ...where, title: 'One', begin })).run.id;
  if (before === 'merge') {
    await engine.idle();
    const approval = {
      who: 'mona',
      source: 'comment:1',
      verb: 'approve',
      text: '',
      bound: { head },
    } as const;
    await engine.say(run, approval);
  }
  await asked.promise;
  begun.length = 0;
  const bound = before === 'merge' ? { head } : {};
  await engine.say(run, { who: 'jules', source: 'comment:2', verb, text: 'no', bound });
  answer.resolve(undefined);
  await engine.idle();
  return { begun, state: (await store.run(run))?.state };
}

test('/cancel while the operator is asked: no phase begins', async () => {
  expect(await saidWhileAsking('cancel', 'build')).toEqual({ begun: [], state: 'canceled' });
});

test('/pause likewise', async () => {
  expect((await saidWhileAsking('pause', 'build')).begun).toEqual([]);
});

test('/cancel after /approve: nothing is merged', async () => {
  expect(await saidWhileAsking('cancel', 'merge')).toEqual({ begun: [], state: 'canceled' });
});
