import { readReport } from '../report.ts';
import type { Run, RunFile, SealedInput } from '../stack.ts';
import { secretName } from '../syntax.ts';
import type { Layout } from './layout.ts';
import { importPaths, runtime, separationFiles } from './proxies.ts';
import { renameTests } from './twins.ts';

/** A test run may take this long, and one call of the code this long (ms). */
const limits = { runMs: 180_000, callMs: 10_000, startMs: 30_000 };
export const reportBytes = 8 * 1024 * 1024;

/** The whole environment, because it starts empty: nothing else can change what python or a runner does. */
export const quietEnv = {
  CI: '1',
  NO_COLOR: '1',
  TZ: 'UTC',
  LANG: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONHASHSEED: '0',
};

/** Our runner and its reporter in a folder. */
export function runnerFiles(folder: string, framework: Layout['framework'], mode: number): RunFile[] {
  return [`run_${framework}`, 'auto_build_results'].map((name) => ({
    path: `${folder}/${name}.py`,
    content: runtime(name),
    mode,
  }));
}

/**
 * One run of the sealed tests (or of their twins) under random names. Mode `data`: the runner and the tests live in the
 * gate's directory, the code under test behind proxies. Mode `in-process`: everything runs as the code's user, in the
 * tree itself, so the result can be forged and is labelled and capped.
 */
export async function sealedRun(input: SealedInput, layout: Layout): Promise<Run> {
  const { interface: shared, sealed, places, salt, twins, callMs = limits.callMs } = input;
  const what = twins ? 'twins' : 'tests';
  const renamed = twins
    ? {
        content: twins.content,
        ids: new Map(twins.twins.map((twin) => [twin.name, { id: twin.name, name: twin.of }])),
      }
    : await renameTests(sealed, salt);
  const isData = sealed.mode === 'data';
  const ours = `${isData ? places.gate : places.scratch}/${secretName(salt, 'ours', what)}`;
  const mode = isData ? 0o600 : 0o644;
  const folder = sealed.file.split('/').slice(0, -1);
  const name = `test_${secretName(salt, 'file', what)}.py`;
  const file = isData ? `${ours}/${name}` : [places.work, ...folder, name].join('/');
  const separation = isData
    ? separationFiles(ours, shared.items, layout, places, { callMs, startMs: limits.startMs })
    : [];
  const given = {
    report: `${ours}/report.json`,
    front: isData ? [`${ours}/proxies`] : importPaths(layout, places),
    // A runner that the repository installs itself; one that the image has comes first.
    back: isData && places.modules !== null ? [places.modules] : [],
    arguments: layout.framework === 'pytest' ? pytestArguments(file, isData ? ours : null) : ['file', file],
  };
  return {
    files: [
      { path: file, content: renamed.content, mode },
      ...separation,
      ...runnerFiles(ours, layout.framework, mode),
    ],
    argv: ['python3', '-I', '-B', `${ours}/run_${layout.framework}.py`, JSON.stringify(given)],
    env: { ...quietEnv, HOME: ours, PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1' },
    user: isData ? 'root' : 'user',
    cwd: isData ? places.gate : places.work,
    report: given.report,
    reportBytes,
    timeoutMs: limits.runMs,
    read: (out) =>
      readReport(out, places.work, (path) => {
        const known = renamed.ids.get(path.at(-1) ?? '');
        return known && { ...known, file: sealed.file };
      }),
  };
}

/** In the gate nothing of the repository's configuration counts; in its own tree its fixtures may be needed. */
function pytestArguments(file: string, alone: string | null): string[] {
  return [
    ...['-p', 'no:cacheprovider', '-o', 'addopts=', '--import-mode=importlib', '-q', '-q'],
    ...(alone === null ? [] : ['--noconftest', '-c', '/dev/null', `--rootdir=${alone}`]),
    file,
  ];
}
