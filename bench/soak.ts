import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { playSeeds } from './soak/play-seeds.ts';
import { tableOf } from './soak/table.ts';

/**
 * `npm run soak`: kills the app at every named place and at random moments, and says whether anything was lost or
 * happened twice. About half an hour on two cores.
 */
export async function soak(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '200' },
      /** One seed alone, to look into it. */
      seed: { type: 'string' },
      'random-kills': { type: 'string', default: '1000' },
      'side-by-side': { type: 'string', default: String(Math.min(4, availableParallelism())) },
    },
  });
  const one = values.seed === undefined ? undefined : [Number(values.seed)];
  const startedAt = Date.now();
  const soaked = await playSeeds({
    seeds: one ?? Array.from({ length: Number(values.seeds) }, (_, index) => index + 1),
    randomKills: one ? 0 : Number(values['random-kills']),
    sideBySide: Number(values['side-by-side']),
    onPlayed: (name, { kills, wallMs }, own) => {
      print(
        `${own.length === 0 ? '✔' : '✖'} ${name}: ${kills.length} kills, ${(wallMs / 1000).toFixed(1)} s`,
      );
      for (const problem of own) print(`    ${problem}`);
    },
  });
  const { problems } = soaked;
  print(`\n${tableOf(soaked).join('\n')}`);
  print(`\n${problems.length} promises broken, in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  for (const problem of problems) print(problem);
  if (problems.length > 0) process.exitCode = 1;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
