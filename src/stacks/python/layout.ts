import type { InterfaceItem } from '../../run/artifacts.ts';
import type { RepoFiles } from '../stack.ts';
import { type Requirements, readRequirements } from './requirements.ts';
import { tomlValues } from './toml-values.ts';

/** What a Python repository is like, as detected at the base commit. */
export interface Layout {
  /** What sealed tests are written for. */
  framework: 'pytest' | 'unittest';
  /** `none`: no tests of its own. */
  suite: 'pytest' | 'unittest' | 'none';
  /** Why this runner, as half a sentence; empty where there is no suite. */
  because: string;
  /** Folders, relative to the root, that modules are imported from; the root itself is the empty text. */
  roots: string[];
  testFiles: string[];
  testFolder: string;
  /** `test_x.py` or `x_test.py` */
  naming: 'prefix' | 'suffix';
  requirements: Requirements;
  /** Checks that are both configured and among the requirements. */
  checks: ('ruff' | 'flake8' | 'mypy')[];
}

const testFile = /(?:^|\/)(?:test_[^/]*|[^/]*_test|tests?)\.py$/;
const inTests = /(?:^|\/)(?:tests?|testing)\//;
const configFile = new RegExp(
  [
    '^\\.(?:github|circleci|buildkite)/',
    '^\\.(?:gitlab-ci|travis|appveyor|pre-commit-config)\\.ya?ml$|^azure-pipelines\\.ya?ml$|^Jenkinsfile$|(?:^|/)CODEOWNERS$',
    '(?:^|/)(?:pytest\\.ini|\\.pytest\\.ini|pytest\\.toml|tox\\.ini|noxfile\\.py)$',
    '(?:^|/)(?:mypy\\.ini|\\.mypy\\.ini|\\.flake8|\\.?ruff\\.toml|\\.coveragerc|\\.pylintrc)$',
    '(?:^|/)(?:conftest|sitecustomize|usercustomize)\\.py$|\\.pth$',
  ].join('|'),
);

/** Whether a path is a test, or configures tests, checks or CI. */
export function roleOf(path: string): 'test' | 'config' | 'source' {
  if (configFile.test(path)) return 'config';
  return testFile.test(path) || inTests.test(path) ? 'test' : 'source';
}

/** Reads the repository at its base commit. Nothing of it runs. */
export async function detectLayout(files: RepoFiles): Promise<Layout> {
  const paths = files.list().filter((path) => !/(?:^|\/)(?:\.venv|venv|site-packages|\.tox)\//.test(path));
  const testFiles = paths.filter((path) => testFile.test(path));
  const requirements = await readRequirements(files);
  const project = tomlValues((await files.read('pyproject.toml')) ?? '');
  const settings = `${(await files.read('setup.cfg')) ?? ''}\n${(await files.read('tox.ini')) ?? ''}`;
  const configured =
    paths.some((path) => /^(?:pytest\.ini|\.pytest\.ini)$|(?:^|\/)conftest\.py$/.test(path)) ||
    [...project.keys()].some((key) => key.startsWith('tool.pytest')) ||
    /^\[(?:tool:)?pytest\]/m.test(settings);
  const written = await runnerOf(files, testFiles);
  const runner =
    (configured && { suite: 'pytest' as const, because: 'it is configured' }) ||
    (requirements.names.has('pytest') && { suite: 'pytest' as const, because: 'it is required' }) ||
    (written && { suite: written, because: 'the tests are written for it' });
  const suite = runner && testFiles.length > 0 ? runner : { suite: 'none' as const, because: '' };
  const folders = testFiles.map((path) => path.split('/').slice(0, -1).join('/'));
  const suffixed = testFiles.filter((path) => /_test\.py$/.test(path)).length;
  const configures: Record<Layout['checks'][number], boolean> = {
    ruff: paths.some((path) => /^\.?ruff\.toml$/.test(path)) || has(project, 'tool.ruff'),
    flake8: paths.includes('.flake8') || /^\[flake8\]/m.test(settings),
    mypy:
      paths.some((path) => /^\.?mypy\.ini$/.test(path)) ||
      has(project, 'tool.mypy') ||
      /^\[mypy\]/m.test(settings),
  };
  return {
    framework: runner ? runner.suite : 'unittest',
    ...suite,
    roots: rootsOf(paths, project),
    testFiles,
    testFolder: shortest(folders) ?? 'tests',
    naming: suffixed * 2 > testFiles.length ? 'suffix' : 'prefix',
    requirements,
    checks: (['ruff', 'flake8', 'mypy'] as const).filter(
      (name) => configures[name] && requirements.names.has(name),
    ),
  };
}

const has = (values: ReadonlyMap<string, string[]>, table: string) =>
  [...values.keys()].some((key) => key === table || key.startsWith(`${table}.`));

/** What the first test files are written for; undefined when they say neither. */
async function runnerOf(
  files: RepoFiles,
  testFiles: readonly string[],
): Promise<'pytest' | 'unittest' | undefined> {
  let found: 'unittest' | undefined;
  for (const path of testFiles.slice(0, 20)) {
    const text = (await files.read(path)) ?? '';
    if (/^\s*(?:import|from)\s+pytest\b/m.test(text) || /^(?:async\s+)?def\s+test/m.test(text))
      return 'pytest';
    if (/\bTestCase\b/.test(text)) found = 'unittest';
  }
  return found;
}

function rootsOf(paths: readonly string[], project: ReadonlyMap<string, string[]>): string[] {
  const named = project.get('tool.pytest.ini_options.pythonpath') ?? [];
  const hasSource = paths.some((path) => /^src\/.*\.py$/.test(path)) && !paths.includes('src/__init__.py');
  const roots = [...(hasSource ? ['src'] : []), ...named.map((root) => root.replace(/^\.\/?|\/$/g, ''))];
  const plain = roots.filter((root) => !root.startsWith('/') && !root.split('/').includes('..'));
  return [...new Set([...plain, ''])];
}

function shortest(folders: readonly string[]): string | undefined {
  return [...new Set(folders)].toSorted(
    (a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1),
  )[0];
}

/** The name a file is imported by: `src/leap/core.py` is `leap.core`. */
export function moduleOf(path: string, layout: Layout): string {
  const root = layout.roots.find((each) => each !== '' && path.startsWith(`${each}/`)) ?? '';
  const below = root === '' ? path : path.slice(root.length + 1);
  return below
    .replace(/\.py$/, '')
    .replace(/(?:^|\/)__init__$/, '')
    .replaceAll('/', '.');
}

/** An error class is the one kind of class that crosses: by name. */
export const isErrorClass = (item: InterfaceItem) =>
  item.kind === 'class' && /(?:Error|Exception)$/.test(item.name);
