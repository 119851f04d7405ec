import { expect, test } from 'vitest';
import type { Container, ContainerSpec } from '../../src/sandbox/sandbox.ts';
import { createWarmPool } from '../../src/sandbox/warm-pool.ts';

const spec = (over: Partial<ContainerSpec> = {}): ContainerSpec => ({
  purpose: 'gate',
  labels: { run: 'r', phase: 'build', purpose: 'x' },
  ...over,
});

/** An engine that opens containers when it is told to. */
function engine() {
  const opened: { spec: ContainerSpec; closed: boolean; signal: AbortSignal }[] = [];
  const refusals: Error[] = [];
  const pool = createWarmPool(async (asked, signal) => {
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    const one = { spec: asked, closed: false, signal };
    opened.push(one);
    const close = async () => {
      one.closed = true;
    };
    return { id: String(opened.length), close } as Container;
  });
  return { pool, opened, refusals };
}

test('tops up, gives each away once, and opens nothing for what was not announced', async () => {
  const { pool, opened } = engine();
  pool.warm(spec(), 2);
  pool.warm(spec(), 2);
  const taken = [await pool.take(spec()), await pool.take(spec())].map((each) => each?.id);
  expect(taken).toEqual(['1', '2']);
  expect(pool.take(spec())).toBeUndefined();
  expect(opened.map((each) => each.spec.labels)).toEqual([
    { run: 'r', phase: 'ahead', purpose: 'spare' },
    { run: 'r', phase: 'ahead', purpose: 'spare' },
  ]);
});

test.for<[string, Partial<ContainerSpec>]>([
  ['another purpose', { purpose: 'work' }],
  ['other limits', { limits: { pids: 3 } }],
  ['another run', { labels: { run: 's', phase: 'build', purpose: 'x' } }],
  ['an environment', { environment: { key: 'k', image: 'i', digest: 'sha256:1', modules: '/m', env: {} } }],
])('a spare is not given to %s', async ([, over]) => {
  const { pool } = engine();
  pool.warm(spec(), 1);
  expect(pool.take(spec(over))).toBeUndefined();
  expect(await pool.take(spec())).toBeDefined();
});

test('what a run has left is closed, also what is still being opened, and nothing of another run', async () => {
  const { pool, opened } = engine();
  pool.warm(spec(), 5);
  pool.warm(spec({ labels: { run: 's', phase: 'build', purpose: 'x' } }), 1);
  const taken = await pool.take(spec());
  await pool.cool('r');
  const ofRun = opened.filter((each) => each.spec.labels.run === 'r');
  expect(ofRun.filter((each) => !each.closed)).toHaveLength(1);
  expect(taken?.id).toBe('1');
  expect(pool.take(spec())).toBeUndefined();
  expect(await pool.take(spec({ labels: { run: 's', phase: 'build', purpose: 'x' } }))).toBeDefined();
});

test('what could not be opened ahead fails where it is asked for', async () => {
  const { pool, refusals } = engine();
  refusals.push(new Error('no space left on device'));
  pool.warm(spec(), 1);
  await expect(pool.take(spec())).rejects.toThrow('no space left on device');
});
