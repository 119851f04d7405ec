import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import PQueue from 'p-queue';
import { inheritedEnv } from '../../src/config/inherited-env.ts';
import { loadScenario } from '../../src/offline/scenario/load.ts';
import { blockOf, planOf } from './plan.ts';
import { type KillPlan, type Played, playKilled } from './play-killed.ts';
import { seededRandom } from './random.ts';
import { type Compared, missedPlaces, problemsOf } from './verdict.ts';

const root = path.join(import.meta.dirname, '../..');

export interface Soak {
  /** Runs that are killed at named places, by seed. */
  seeds: readonly number[];
  /** Kills at random moments, in as many runs as it takes. */
  randomKills: number;
  sideBySide: number;
  /** Hears of each run that is over. */
  onPlayed?(name: string, played: Played, problems: readonly string[]): void;
}

export interface Soaked {
  all: Compared[];
  /** Named places that were come to, and those of them at which nobody was killed. */
  places: string[];
  missed: string[];
  /** Sentences, each with the seed that it is about; none when every promise was kept. */
  problems: string[];
}

/** A scenario that can be played again and again. */
interface Stage {
  undisturbed: Played;
  play(name: string, plan: KillPlan): Promise<Played>;
}

const small = 'one-line-fix';
/** Two that write what the small one does not: an issue is closed as a duplicate, and one is opened for the rest. */
const rarer = ['duplicate-closed', 'partial'];
/** A run that is shot again and again gets so many chances to be so. */
const shotsPerRun = 10;
/** A life is shot within so many milliseconds of its start: about twice what a restart takes, and half of a whole run. */
const shotWithinMs = 2_000;
/** Some die while the webhook that starts the run is on its way. */
const deliveredWithinMs = 50;

/** Plays a scenario undisturbed, and then again and again with an app that is killed and started again. */
export async function playSeeds({ seeds, randomKills, sideBySide, onPlayed }: Soak): Promise<Soaked> {
  const cache = await mkdtemp(path.join(tmpdir(), 'auto-build-soak-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(cache, { recursive: true, force: true }));
  const command = [process.execPath, path.join(root, 'src/cli.ts'), 'offline-server'];
  // What the first life has compiled the others need not: halves the time to boot.
  const options = { command, env: { ...inheritedEnv(), NODE_COMPILE_CACHE: cache } };
  const all: Compared[] = [];
  const problems: string[] = [];

  async function openStage(name: string): Promise<Stage> {
    const scenario = await loadScenario(path.join(root, 'fixtures/scenarios', name));
    const undisturbed = await playKilled(scenario, options, { at: [] });
    if (undisturbed.failures.length > 0) throw new Error(`undisturbed, ${undisturbed.failures.join('\n')}`);
    return {
      undisturbed,
      async play(name, plan) {
        const played = await playKilled(scenario, options, plan);
        const own = problemsOf(undisturbed, played);
        all.push({ undisturbed, played });
        problems.push(...own.map((problem) => `${name}: ${problem}`));
        onPlayed?.(name, played, own);
        return played;
      },
    };
  }

  const queue = new PQueue({ concurrency: sideBySide });
  const stages = [await openStage(small)];
  const [main] = stages as [Stage];
  const named = (seed: number) => {
    const at = planOf(seed, main.undisturbed.places);
    return main.play(`seed ${seed} (${at.join(', ')})`, { at });
  };
  await queue.addAll(seeds.map((seed) => () => named(seed)));
  if (seeds.length >= blockOf) {
    for (const name of rarer) stages.push(await openStage(name));
    // Also where two things go on at once: then a life may have passed a place that the next one was to die at.
    const alone = missedPlaces(placesOf(stages), all).map((place) => () => {
      const stage = stages.find(({ undisturbed }) => undisturbed.places.includes(place))!;
      return stage.play(`alone (${place})`, { at: [place] });
    });
    await queue.addAll(alone);
    const missed = missedPlaces(placesOf(stages), all);
    problems.push(...missed.map((place) => `No life was killed at ${place}.`));
  }
  let shot = 0;
  for (let seed = 1; shot < randomKills; seed += sideBySide) {
    const batch = Array.from({ length: sideBySide }, (_, index) => async () => {
      const random = seededRandom(seed + index);
      const afterMs = Array.from({ length: shotsPerRun }, () => random(shotWithinMs));
      if (random(3) === 0) afterMs[0] = random(deliveredWithinMs);
      const { kills } = await main.play(`random seed ${seed + index}`, { afterMs });
      shot += kills.length;
    });
    await queue.addAll(batch);
  }
  const places = placesOf(stages);
  return { all, places, missed: missedPlaces(places, all), problems };
}

function placesOf(stages: readonly Stage[]): string[] {
  return [...new Set(stages.flatMap(({ undisturbed }) => undisturbed.places))];
}
