import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import { findPython } from '../../../src/sandbox/host-python.ts';
import { stackOf } from '../bench.ts';

const labels = { run: 'run-1', phase: 'test', purpose: 'install' };
const root = await mkdtemp(join(tmpdir(), 'stacks-install-'));
afterAll(() => rm(root, { recursive: true, force: true }));
const python = await findPython();
const hasPip = python?.packages.pip !== undefined;
if (!hasPip && process.env.CI) throw new Error('python3 has no pip: `.ci/run` installs it.');

/** A wheel is a zip with a list of what is in it. */
function makeWheel(version: string): void {
  const script = `import sys, zipfile
info = "sample_words-${version}.dist-info/"
files = {"sample_words.py": "VERSION = '${version}'\\n", info + "METADATA": "Metadata-Version: 2.1\\nName: sample-words\\nVersion: ${version}\\n",
  info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
files[info + "RECORD"] = "".join(f"{name},,\\n" for name in [*files, info + "RECORD"])
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in files.items(): wheel.writestr(name, text)`;
  execFileSync(python!.executable, ['-c', script, join(root, `sample_words-${version}-py3-none-any.whl`)]);
}

test.runIf(hasPip)(
  'wheels are installed beside the tree, and the version that was chosen is kept',
  async () => {
    const stack = await stackOf({ 'requirements.txt': 'sample-words>=1\n', 'a.py': '' });
    const { written, install } = stack.dependencies!;
    // The only change: where pip looks.
    const offline = (argv: string[]) =>
      argv.flatMap((arg) => (arg === 'install' ? ['install', '--no-index', '--find-links', root] : [arg]));
    const resolved = { ...install.resolved!, argv: offline(install.resolved!.argv) };
    const spec = {
      key: 'owner-repo',
      files: written!,
      install: { ...install, argv: offline(install.argv), resolved },
      labels,
    };
    const version = async () => {
      const cacheDir = join(root, 'cache');
      const { sandbox } = await chooseSandbox({ wanted: 'process', instance: 'test', cacheDir });
      const environment = await sandbox.prepare(spec);
      await using container = await sandbox.open({ purpose: 'work', labels, environment });
      const { stdout } = await container.exec({
        argv: ['python3', '-c', 'import sample_words; print(sample_words.VERSION)'],
      });
      await rm(environment.image, { recursive: true });
      return stdout.trim();
    };
    makeWheel('1.0');
    expect(await version()).toBe('1.0');
    const kept = join(root, 'cache/resolutions');
    expect(await readFile(join(kept, (await readdir(kept))[0]!), 'utf8')).toBe('sample-words==1.0\n');
    makeWheel('1.1');
    expect(await version()).toBe('1.0');
  },
);
