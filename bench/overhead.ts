import path from 'node:path';
import { parseArgs } from 'node:util';
import { inheritedEnv } from '../src/config/inherited-env.ts';
import { loadScenario } from '../src/offline/scenario/load.ts';
import { openScenario } from '../src/offline/scenario/run-scenario.ts';
import type { ProgressEvent } from '../src/text/progress.ts';
import { covered, type Interval, median } from './intervals.ts';

const root = path.join(import.meta.dirname, '..');

/** One run of the demo's scenario. All times are milliseconds. */
interface Sample {
  wall: number;
  /** A scripted delay of the model was waited for, or a command of the repository ran, or both. */
  owed: number;
  /** Time that was neither, by what was going on. */
  rest: Record<string, number>;
}

/**
 * How much longer a run takes than what it cannot do without: wall time ÷ the time in which the model was thinking
 * (scripted delays) or a command of the repository was running. 1.00 would be a program that costs nothing.
 */
export async function overhead(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      sandbox: { type: 'string', default: 'docker' },
      times: { type: 'string', default: '3' },
      scenario: { type: 'string', default: path.join(root, 'fixtures/scenarios/slugify-feature') },
      most: { type: 'string', default: '1.25' },
    },
  });
  const { sandbox } = values;
  if (sandbox !== 'docker' && sandbox !== 'process')
    throw new Error(`--sandbox is ${sandbox}, not docker or process`);
  const samples: Sample[] = [];
  for (let index = 0; index < Number(values.times); index += 1) {
    const taken = await sample(values.scenario, sandbox);
    samples.push(taken);
    print(
      `run ${index + 1}: ${seconds(taken.wall)} s ÷ ${seconds(taken.owed)} s = ${ratio(taken).toFixed(2)}`,
    );
  }
  const middle = (pick: (each: Sample) => number) => median(samples.map(pick));
  print(`\nmedian in ${sandbox}: ${seconds(middle((each) => each.wall))} s, of which`);
  print(
    `  ${seconds(middle((each) => each.owed)).padStart(6)} s  scripted model delays and the repository's commands`,
  );
  const names = Object.keys(samples[0]?.rest ?? {});
  for (const name of names) {
    const ms = middle((each) => each.rest[name] ?? 0);
    if (ms >= 20) print(`  ${seconds(ms).padStart(6)} s  ${name}`);
  }
  const found = middle(ratio);
  print(`\noverhead ${found.toFixed(2)} (at most ${values.most})`);
  if (found > Number(values.most)) process.exitCode = 1;
}

async function sample(folder: string, sandbox: 'docker' | 'process'): Promise<Sample> {
  const events: ProgressEvent[] = [];
  let from = 0;
  await using world = await openScenario(await loadScenario(folder), {
    sandbox,
    command: [process.execPath, path.join(root, 'src/cli.ts'), 'offline-server'],
    env: inheritedEnv(),
    onProgress: (event) => events.push(event),
    onStep: () => {
      from ||= Date.now();
    },
  });
  const { ok, failures, wallMs } = await world.play();
  if (!ok) throw new Error(`the scenario failed:\n${failures.join('\n')}`);
  const wall: Interval = { from, to: from + wallMs };
  const commands = events.flatMap((event) =>
    event.kind === 'command-ran' ? [{ from: event.at - event.ms, to: event.at }] : [],
  );
  const delays = world.model.journal().flatMap(({ delayed }) => delayed ?? []);
  const owed = [...commands, ...delays];
  return { wall: wallMs, owed: covered(owed, wall), rest: restByPhase(events, owed, wall) };
}

/** Each phase, and what lies between them. */
function restByPhase(
  events: readonly ProgressEvent[],
  owed: readonly Interval[],
  wall: Interval,
): Record<string, number> {
  const rest: Record<string, number> = {};
  const add = (name: string, within: Interval) => {
    rest[name] = (rest[name] ?? 0) + Math.max(0, within.to - within.from - covered(owed, within));
  };
  let before = wall.from;
  let between = 'from the label to the first phase';
  for (const event of events) {
    if (event.kind !== 'phase-ended') continue;
    const startedAt = event.at - event.ms;
    add(between, { from: before, to: startedAt });
    add(event.phase, { from: startedAt, to: event.at });
    before = event.at;
    between = 'between phases';
  }
  add('from the last phase to the last word on the issue', { from: before, to: wall.to });
  return rest;
}

const ratio = ({ wall, owed }: Sample): number => wall / owed;
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
