import { cp, mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { findOnPath, librariesOf } from './host-tools.ts';

/** pytest with all it needs, of whatever version, and pip: each taken along when it is there. */
const PACKAGES =
  'pytest _pytest py pluggy iniconfig packaging attr attrs pygments exceptiongroup tomli typing_extensions pip';

const LOOK = `
import importlib.metadata, importlib.util, json, os, sys, sysconfig
found = {}
for name in sys.argv[1].split():
    spec = importlib.util.find_spec(name)
    if spec:
        places = spec.submodule_search_locations
        found[name] = list(places)[0] if places else spec.origin
try:
    tests = importlib.metadata.version("pytest") if "_pytest" in found else None
except importlib.metadata.PackageNotFoundError:
    tests = None
print(json.dumps({
    "executable": sys.executable, "version": sys.version.split()[0], "pytest": tests,
    "name": f"python{sys.version_info[0]}.{sys.version_info[1]}",
    "library": sysconfig.get_paths()["platstdlib"] if sys.prefix == sys.base_prefix else os.path.dirname(os.__file__),
    "packages": found,
}))
`;

const HostPython = z.object({
  executable: z.string(),
  /** e.g. `3.11.2` */
  version: z.string(),
  /** pytest's version; null when it has none. */
  pytest: z.string().nullable(),
  /** e.g. `python3.11`: its own and its library's name. */
  name: z.string().regex(/^python3\.\d+$/),
  /** Directory of the standard library. */
  library: z.string(),
  /** Directories, or files, of the packages above that it has. */
  packages: z.record(z.string(), z.string()),
});
/** A Python of this machine. */
export type HostPython = z.infer<typeof HostPython>;

/** The host's Python: the first one that has pytest, else the first; undefined when there is none. */
export async function findPython(): Promise<HostPython | undefined> {
  const onPath = (await findOnPath(['python3'])).get('python3');
  const candidates = [...new Set([onPath, '/usr/bin/python3'])].filter((each) => each !== undefined);
  let first: HostPython | undefined;
  for (const candidate of candidates) {
    const { stdout } = await execa(candidate, ['-I', '-c', LOOK, PACKAGES], {
      reject: false,
      timeout: 10_000,
      stdin: 'ignore',
    });
    const found = HostPython.safeParse(jsonOf(stdout)).data;
    if (found?.pytest) return found;
    first ??= found;
  }
  return first;
}

/** Not what programs need: tests, the desktop, what builds extensions, and compiled files of another path. */
const LEFT_OUT = new Set(
  'test tests idle_test idlelib tkinter turtledemo lib2to3 ensurepip site-packages dist-packages __pycache__'.split(
    ' ',
  ),
);

/**
 * Lays a Python out under `stage/usr`, wherever it was on the host: it finds its library beside itself. Resolves to
 * the shared libraries that it and its extension modules need.
 */
export async function layOutPython(stage: string, python: HostPython): Promise<Set<string>> {
  const { name, library, packages } = python;
  const lib = path.join(stage, 'usr/lib', name);
  const site = path.join(lib, 'site-packages');
  const executable = await realpath(python.executable);
  await mkdir(path.join(stage, 'usr/bin'), { recursive: true });
  await cp(executable, path.join(stage, 'usr/bin', name));
  await symlink(name, path.join(stage, 'usr/bin/python3'));
  await cp(library, lib, {
    recursive: true,
    dereference: true,
    filter: (from) => !LEFT_OUT.has(path.basename(from)) && !/\/config-3[^/]*$|\.a$/.test(from),
  });
  await mkdir(site, { recursive: true });
  for (const from of Object.values(packages)) {
    const filter = (each: string) => path.basename(each) !== '__pycache__';
    await cp(from, path.join(site, path.basename(from)), { recursive: true, dereference: true, filter });
  }
  // Where Debian's Python looks, which calls it otherwise.
  await mkdir(path.join(stage, 'usr/lib/python3'), { recursive: true });
  await symlink(`../${name}/site-packages`, path.join(stage, 'usr/lib/python3/dist-packages'));
  // Nobody can write compiled files there later, and every start would compile anew.
  const compile = ['-I', '-m', 'compileall', '-q', '-j', '0', '--invalidation-mode', 'unchecked-hash'];
  await execa(python.executable, [...compile, '-s', stage, '-p', '/', '-x', 'site-packages/pip/', lib], {
    reject: false,
  });
  const extensions = path.join(lib, 'lib-dynload');
  const modules = (await readdir(extensions).catch(() => [])).map((file) => path.join(extensions, file));
  return new Set(await librariesOf(executable, ...modules));
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
