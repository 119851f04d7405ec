import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { containersOf, type Inspected, removeEnvironments, watchContainers } from './containers.ts';
import { checksCreated, play, shipped, writes } from './play.ts';
import { expectNothingSealedReachedTheBuilder } from './sealed.ts';

test('in docker the same, and every command on the repository runs shut in and without network', {
  timeout: 240_000,
}, async () => {
  const watch = await watchContainers();
  onTestFinished(() => watch.stop());
  // A name of its own, so that the dependencies are not found installed: the install is watched as well.
  const name = `slugify-${randomBytes(4).toString('hex')}`;
  onTestFinished(() => removeEnvironments(`octo-org-${name}`));
  const end = await play({ ...(await shipped('slugify-feature')), name }, 'docker');
  expect(end.result.failures).toEqual([]);
  expect(end.run?.outcome).toBe('merged');
  const { world, run } = end;

  expect(writes(world)).toMatchObject({
    'issues/create-comment': 1,
    'git/receive-pack': 1,
    'pulls/create': 1,
    'pulls/merge': 1,
    'checks/create': 11,
  });
  const checks = checksCreated(world);
  expect(new Set(checks).size).toBe(checks.length);
  expect(world.github.violations()).toEqual([]);
  await expectNothingSealedReachedTheBuilder(end);

  expect(await containersOf(run!.id)).toEqual([]);
  await watch.stop();
  const ours = [...watch.containers.values()].filter(
    ({ Config }) => Config.Labels['auto-build.run'] === run!.id,
  );
  const installs = ours.filter(({ HostConfig }) => HostConfig.NetworkMode !== 'none');
  expect(installs.map(({ Config }) => Config.Labels['auto-build.purpose'])).toEqual(['dependencies']);
  const sealed = ours.filter((each) => !installs.includes(each));
  // Everything that the run says it opened was looked at, and nothing was missed.
  const opened = (await world.store.provenance.list(run!.id)).filter(({ kind }) => kind === 'container');
  const names = opened.map(({ label }) => label.split(' ').at(-1));
  const [used, spare] = [
    sealed.filter(({ Name }) => names.includes(Name.slice(1))),
    sealed.filter(({ Name }) => !names.includes(Name.slice(1))),
  ];
  expect(used.map(({ Name }) => Name.slice(1)).toSorted()).toEqual(names.toSorted());
  // Opened ahead and not needed: nothing ever ran in those.
  expect(spare.filter(({ Config }) => Config.Labels['auto-build.phase'] !== 'ahead')).toEqual([]);
  expect(watch.execs.filter(({ container }) => spare.some(({ Id }) => Id === container))).toEqual([]);
  expect(opened.every(({ network }) => network === 'none')).toBe(true);
  for (const container of ours) expectShutIn(container, installs.includes(container));

  for (const { container, ProcessConfig } of watch.execs) {
    const inside = ours.find(({ Id }) => Id === container);
    if (!inside || installs.includes(inside)) continue;
    expect(ProcessConfig.privileged).toBe(false);
    if (!isGate(inside)) expect(ProcessConfig.user).toBe('1000:1000');
  }
  const inBuilders = watch.execs.filter(({ container }) =>
    ours.some(({ Id, Config }) => Id === container && Config.Labels['auto-build.phase'] === 'build'),
  );
  expect(inBuilders.some(({ ProcessConfig }) => ProcessConfig.arguments.includes('npm test'))).toBe(true);
});

/** A gate has a root that may change its user, and may do nothing else. */
const isGate = ({ HostConfig }: Inspected) => (HostConfig.CapAdd ?? []).length > 0;

function expectShutIn({ HostConfig, Config }: Inspected, installs: boolean): void {
  expect(HostConfig.Privileged).toBe(false);
  expect(HostConfig.CapDrop).toEqual(['ALL']);
  expect(HostConfig.SecurityOpt).toContain('no-new-privileges');
  expect(HostConfig.Binds ?? []).toEqual([]);
  const added = (HostConfig.CapAdd ?? []).map((each) => each.replace('CAP_', '')).toSorted();
  expect([[], ['SETGID', 'SETPCAP', 'SETUID']]).toContainEqual(added);
  expect(Config.Env.filter((each) => /key|token|secret|password/i.test(each))).toEqual([]);
  if (installs) return;
  expect(HostConfig.NetworkMode).toBe('none');
  expect(HostConfig.ReadonlyRootfs).toBe(true);
}
