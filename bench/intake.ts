import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Load, Measured } from './intake-load.ts';
import type { Peer, PeerKind } from './intake-server.ts';
import { median } from './intervals.ts';

const secret = 'a secret of more than sixteen characters';
const kinds: readonly PeerKind[] = ['auto-build', 'probot', 'probot with an insert'];
const paths: Record<PeerKind, string> = {
  'auto-build': '/webhooks',
  probot: '/api/github/webhooks',
  'probot with an insert': '/api/github/webhooks',
};

/**
 * Deliveries per second that are verified, parsed, synced to disk and answered, beside Probot's middleware that
 * verifies, parses and calls one handler before it answers and stores nothing. Then how long an answer takes at a
 * rate far below that. Server and sender are processes of their own; the rounds alternate.
 */
export async function intake(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      connections: { type: 'string', default: '256' },
      least: { type: 'string', default: '1.0' },
      rate: { type: 'string', default: '500' },
      'rate-seconds': { type: 'string', default: '10' },
      'most-p99': { type: 'string', default: '250' },
      dir: { type: 'string', default: tmpdir() },
    },
  });
  const { dir } = values;
  const connections = Number(values.connections);
  const rounds: Record<PeerKind, number[]> = { 'auto-build': [], probot: [], 'probot with an insert': [] };
  print(
    `node ${process.versions.node}, ${availableParallelism()} cores (${cpus()[0]?.model}), disk of ${dir}, ${connections} connections`,
  );
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const order = round % 2 === 0 ? kinds : kinds.toReversed();
    for (const kind of order) {
      const { rate } = await measure(kind, dir, {
        connections,
        warmup: 10_000,
        seconds: Number(values.seconds),
      });
      rounds[kind].push(rate);
    }
    const line = kinds.map((kind) => `${kind} ${rounds[kind][round]?.toFixed(0)}/s`);
    print(`round ${round + 1}: ${line.join(', ')}`);
  }
  const ratios = (kind: PeerKind) => rounds[kind].map((rate, round) => rate / rounds.probot[round]!);
  print('');
  for (const kind of kinds) {
    const found = ratios(kind);
    print(
      `${kind.padEnd(21)} ${median(rounds[kind]).toFixed(0).padStart(6)}/s  ` +
        `÷ probot ${median(found).toFixed(2)} (${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)})`,
    );
  }
  const ratio = median(ratios('auto-build'));
  print(`\nauto-build ÷ probot: ${ratio.toFixed(2)} (at least ${values.least})`);

  const rate = Number(values.rate);
  const paced = await measure('auto-build', dir, {
    connections,
    rate,
    warmup: rate,
    seconds: Number(values['rate-seconds']),
  });
  const quantile = (of: number) => paced.latencies[Math.ceil(of * paced.latencies.length) - 1]!;
  const p99 = quantile(0.99);
  print(
    `at ${rate}/s for ${values['rate-seconds']} s: p50 ${quantile(0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms ` +
      `(at most ${values['most-p99']}), longest ${quantile(1).toFixed(1)} ms`,
  );
  if (ratio < Number(values.least) || p99 > Number(values['most-p99'])) process.exitCode = 1;
}

async function measure(
  kind: PeerKind,
  dir: string,
  load: Pick<Load, 'connections' | 'rate' | 'warmup' | 'seconds'>,
): Promise<Measured> {
  const folder = await mkdtemp(path.join(dir, 'auto-build-bench-'));
  const server = fork(new URL('./intake-server.ts', import.meta.url));
  const sender = fork(new URL('./intake-load.ts', import.meta.url));
  try {
    const port = await ask<number>(server, { kind, secret, folder } satisfies Peer);
    const measured = await ask<Measured>(sender, { port, path: paths[kind], secret, ...load } satisfies Load);
    const kept = await ask<number>(server, 'kept');
    if (kept !== measured.accepted) {
      throw new Error(`${kind} accepted ${measured.accepted} deliveries, and kept ${kept}`);
    }
    return measured;
  } finally {
    for (const child of [server, sender]) {
      if (child.exitCode === null) child.kill('SIGKILL');
    }
    await rm(folder, { recursive: true, force: true });
  }
}

async function ask<Answer>(child: ChildProcess, question: object | string): Promise<Answer> {
  const gone = new AbortController();
  // Not `exit`, which may come before the last message has been read.
  const died = once(child, 'disconnect', { signal: gone.signal }).then(() => {
    throw new Error('a process of the bench ended without an answer');
  });
  const answer = once(child, 'message', { signal: gone.signal });
  child.send(question);
  try {
    const [value] = await Promise.race([answer, died]);
    return value as Answer;
  } finally {
    gone.abort();
    died.catch(() => {});
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
