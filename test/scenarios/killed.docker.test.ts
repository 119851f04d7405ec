import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ScenarioWorld } from '../../src/offline/scenario/run-scenario.ts';
import { containersOf } from './containers.ts';
import { open, shipped, writes } from './play.ts';

const kills = 4;
const list = async (what: string) =>
  (await promisify(execFile)('docker', [what, 'ls', '--quiet'])).stdout.split('\n').sort();

test('killed while its containers are made, it leaves none behind, and no network or volume', async () => {
  const before = { networks: await list('network'), volumes: await list('volume') };
  let world: ScenarioWorld | undefined;
  let run = '';
  let killed = 0;
  let begunAt = 0;
  world = await open(await shipped('one-line-fix'), {
    sandbox: 'docker',
    onProgress(event) {
      if (event.kind !== 'run-started') return;
      run = event.run;
      onCreate(run, () => {
        killed += 1;
        if (killed <= kills) world?.app.signal('SIGKILL');
      });
    },
    onLife: ({ what }) => {
      if (what === 'begun') begunAt = Date.now();
    },
  });
  expect((await world.play()).failures).toEqual([]);
  expect(killed).toBeGreaterThan(kills);
  expect(writes(world)).toMatchObject({ 'issues/create-comment': 1, 'pulls/create': 1, 'pulls/merge': 1 });

  // While it lives: what the engine finished after the sweep at boot waits for the next one.
  const left = 60_000 - (Date.now() - begunAt);
  await vi.waitFor(async () => expect(await containersOf(run)).toEqual([]), { timeout: left, interval: 250 });
  expect({ networks: await list('network'), volumes: await list('volume') }).toEqual(before);
});

/** Calls back as soon as the engine has made a container for the run, before it is started. */
function onCreate(run: string, told: () => void): void {
  const filters = ['type=container', 'event=create', `label=auto-build.run=${run}`];
  const events = spawn('docker', ['events', ...filters.flatMap((each) => ['--filter', each])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void events.kill());
  createInterface({ input: events.stdout }).on('line', told);
}
