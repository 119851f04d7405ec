import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { blockOf } from '../../bench/soak/plan.ts';
import { patient } from '../../bench/soak/play-killed.ts';
import { playSeeds } from '../../bench/soak/play-seeds.ts';
import { tableOf } from '../../bench/soak/table.ts';
import { localPace } from '../../src/github/pace.ts';
import { open, shipped, variant, writes } from './play.ts';

/** What CI plays of `npm run soak`: every named place at least once, and some kills at random moments. */
test('killed anywhere, nothing is lost and nothing happens twice', {
  timeout: 1_200_000,
  retry: 0,
}, async () => {
  const soaked = await playSeeds({
    seeds: Array.from({ length: blockOf }, (_, index) => index + 1),
    randomKills: 20,
    sideBySide: 2,
  });
  console.log(tableOf(soaked).join('\n'));
  expect(soaked.problems).toEqual([]);
});

test('killed while a model gives its last answer, it pays for none but that one again', async () => {
  const edit = (old: string, into: string) => ({
    content: [{ type: 'tool_use', name: 'edit_file', input: { path: 'src/mean.js', old, new: into } }],
  });
  const slow = { delayMs: 2_000, content: [{ answer: { summary: 'Mended.', done: ['T1'], notDone: [] } }] };
  const turns = [edit('(values.length - 1)', 'VALUES'), edit('VALUES', 'values.length'), slow];
  const scenario = patient(await shipped('one-line-fix'));
  const { modelFolders } = await variant({ model: { builder: [turns] } });
  const world = await open({ ...scenario, modelFolders });
  const asked = () => world.model.journal().flatMap(({ role, turn }) => (role === 'builder' ? [turn] : []));
  const playing = world.play();
  await vi.waitFor(() => expect(asked()).toEqual([0, 1, 2]), 60_000);
  world.app.signal('SIGKILL');
  expect((await playing).failures).toEqual([]);
  expect(asked()).toEqual([0, 1, 2, 2]);
});

describe('stopped in the middle of an effect', () => {
  const at = 'after-intent:pull-request';

  /** A world whose app has stopped there. */
  async function stoppedWorld() {
    const stopped = Promise.withResolvers<void>();
    const scenario = patient(await shipped('one-line-fix'));
    const world = await open(scenario, {
      crashAt: [`stop:${at}`],
      onLife: (told) => told.what === 'stopped' && stopped.resolve(),
    });
    const playing = world.play();
    await Promise.race([stopped.promise, playing]);
    return { world, playing };
  }

  const once = {
    'issues/create-comment': 1,
    'git/receive-pack': 1,
    'pulls/create': 1,
    'pulls/merge': 1,
    'checks/create': 11,
  };

  test('it keeps a second one out, and goes on when it is woken', async () => {
    const { world, playing } = await stoppedWorld();
    await expect(world.startAnother()).rejects.toThrow('Another auto-build process already works on');
    world.app.signal('SIGCONT');
    expect((await playing).failures).toEqual([]);
    expect(writes(world)).toMatchObject(once);
  });

  test('and succeeded there, it writes nothing more when it is woken', async () => {
    const { world, playing } = await stoppedWorld();
    await rm(path.join(world.dataDir, 'auto-build.lock'));
    const startedAt = Date.now();
    await world.startAnother();
    const lastWords = world.app.mayEnd();
    // While the other one waits until nothing can be under way any more.
    world.app.signal('SIGCONT');
    expect(await lastWords).toContain('auto-build.lock was deleted or replaced');
    expect(writes(world)).not.toHaveProperty('pulls/create');
    expect((await playing).failures).toEqual([]);
    expect(Date.now() - startedAt).toBeGreaterThan(localPace.requestMs);
    expect(writes(world)).toMatchObject(once);
  });
});
