import type { Soaked } from './play-seeds.ts';
import { mostPaidTwice, mostProgressMs } from './verdict.ts';
import { madeNames } from './world-of.ts';

/** What was measured, a promise a line. */
export function tableOf({ all, places, missed }: Soaked): string[] {
  const kills = all.flatMap(({ played }) => played.kills);
  const named = kills.filter(({ at }) => at !== undefined).length;
  const lost = all.filter(
    ({ undisturbed, played }) => played.failures.length > 0 || played.tree !== undisturbed.tree,
  ).length;
  const twice = madeNames.map((name) => {
    const more = all.map(({ undisturbed, played }) =>
      Math.max(0, played.made[name] - undisturbed.made[name]),
    );
    return `${more.reduce((sum, each) => sum + each, 0)} ${name}`;
  });
  const progress = kills.flatMap(({ progressMs }) => progressMs ?? []).sort((a, b) => a - b);
  const at = (share: number) =>
    seconds(progress[Math.min(progress.length - 1, Math.floor(progress.length * share))]);
  const paid = kills.map(({ paidTwice }) => paidTwice);
  return [
    row(
      'kills',
      `${named} at named places, ${kills.length - named} at random moments, in ${all.length} runs`,
    ),
    row('named places hit', `${places.length - missed.length} of ${places.length}`),
    row('lost runs', `${lost}`),
    row('duplicates', twice.join(', ')),
    row(
      'restart to progress',
      `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} (at most ${mostProgressMs / 1000} s)`,
    ),
    row(
      'turns paid twice',
      `${sum(paid)} in all, at most ${Math.max(0, ...paid)} by one kill (at most ${mostPaidTwice})`,
    ),
  ];
}

const row = (name: string, value: string): string => `${name.padEnd(20)}  ${value}`;
const seconds = (ms = 0): string => `${(ms / 1000).toFixed(2)} s`;
const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
