import type { Scenario } from '../../src/offline/scenario/load.ts';
import { openScenario, type ScenarioOptions } from '../../src/offline/scenario/run-scenario.ts';
import { type Kill, Lives } from './lives.ts';
import { checksTwice, type Made, madeIn, mergedTree } from './world-of.ts';

export interface Played {
  /** Sentences: expectations of the scenario that do not hold. */
  failures: string[];
  /** Named places in the order in which the lives came to them. */
  places: string[];
  kills: Kill[];
  made: Made;
  checksTwice: number;
  tree: string;
  wallMs: number;
}

export type KillPlan =
  | { at: readonly string[] }
  /** Milliseconds that each life may take from its start; the first one from the label on. */
  | { afterMs: readonly number[] };

/** A run that is killed all the time takes its time, the more so on a machine that others use: seconds. */
const patience = 300;

/** The same scenario, whose steps wait long enough. */
export function patient(scenario: Scenario): Scenario {
  const steps = scenario.steps.map((step) =>
    step.do === 'wait-for' ? { ...step, timeout: patience } : step,
  );
  return { ...scenario, steps };
}

/** Plays a scenario whose app is killed and started again by plan, and tells what came of it. */
export async function playKilled(
  scenario: Scenario,
  options: Pick<ScenarioOptions, 'command' | 'env'>,
  plan: KillPlan,
): Promise<Played> {
  const lives = new Lives('afterMs' in plan ? plan.afterMs : undefined);
  await using world = await openScenario(patient(scenario), {
    ...options,
    env: { ...options.env, LOG_LEVEL: 'trace' },
    sandbox: 'process',
    crashAt: 'at' in plan ? plan.at : [],
    onLife: (told) => lives.told(told),
    onStep: (step) => {
      if (step.do === 'label') lives.labelled();
    },
  });
  const watching = lives.watch(world);
  const { failures, wallMs } = await world.play();
  await watching.stop();
  return {
    failures,
    places: lives.places,
    kills: lives.kills,
    made: madeIn(world),
    checksTwice: checksTwice(world),
    tree: await mergedTree(world),
    wallMs,
  };
}
