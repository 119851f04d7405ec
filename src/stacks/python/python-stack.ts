import type { RepoFiles, Stack } from '../stack.ts';
import { detectLayout, type Layout, roleOf } from './layout.ts';
import { lintSealed } from './lint-sealed.ts';
import { makeMutants } from './mutants.ts';
import { checksOf, discovery, suiteRun } from './repo-commands.ts';
import { sealedRun } from './sealed-run.ts';
import { stubFiles } from './stubs.ts';
import { makeTwins } from './twins.ts';

/** They describe the project and hold settings of its tests: a candidate may change them, a gate takes the base's. */
const projectFiles = ['pyproject.toml', 'setup.cfg', 'setup.py'];

/** Detects a Python repository; undefined when it is none. Only reads; nothing of the repository runs. */
export async function detectPython(files: RepoFiles): Promise<Stack | undefined> {
  const paths = files.list();
  if (!paths.some((path) => path.endsWith('.py'))) return undefined;
  const layout = await detectLayout(files);
  const restored = (path: string) => roleOf(path) !== 'source' || projectFiles.includes(path);
  return {
    name: 'python',
    packageManager: 'pip',
    describe: describeLayout(layout),
    dependencies: dependenciesOf(layout),
    needs: needsOf(layout),
    commands: { install: installCommand(layout), test: testCommand(layout) },
    harnessCard: harnessCard(layout),
    sealedTestPath: (issue, slug) => sealedTestPath(layout, issue, slug),
    suite: (places) => suiteRun(places, layout),
    checks: (places) => checksOf(places, layout),
    roleOf,
    restore: (basePaths, candidatePaths) => {
      const base = new Set(basePaths);
      return {
        put: basePaths.filter(restored),
        remove: candidatePaths.filter((path) => roleOf(path) === 'config' && !base.has(path)),
      };
    },
    lintSealed: (sealed, shared) => lintSealed(sealed, shared, layout),
    stubs: stubFiles,
    sealedRun: (input) => sealedRun(input, layout),
    twins: makeTwins,
    mutants: makeMutants,
  };
}

function needsOf({ framework }: Layout): Stack['needs'] {
  const packages = ['python3', ...(framework === 'pytest' ? ['python3-pytest'] : []), 'python3-pip'].join(
    ' ',
  );
  const debian = `apt-get install -y --no-install-recommends ${packages}`;
  return {
    argv: ['python3', '-c', `import ${framework}`],
    words: `The tests of this repository run with ${framework}, and the sandbox has no python3 with it.`,
    next:
      `Install it on the machine that runs auto-build (on Debian: \`${debian}\`) and restart it: the sandbox is made from ` +
      'what that machine has. Where SANDBOX_IMAGE or a public image is used, make one with it: ' +
      `\`printf 'FROM node:24-bookworm\\nRUN apt-get update && ${debian}\\n' | docker build -t auto-build-python -\`, ` +
      'and set SANDBOX_IMAGE=auto-build-python.',
  };
}

/** Nothing to fetch when the only requirement is the runner that every sandbox has. */
const needsFetching = ({ requirements }: Layout) => [...requirements.names].some((name) => name !== 'pytest');

function dependenciesOf(layout: Layout): Stack['dependencies'] {
  const { requirements } = layout;
  if (!needsFetching(layout)) return null;
  // --isolated: no configuration of the user or the machine. Wheels only: building a package runs its code.
  const pip = ['python3', '-I', '-m', 'pip', '--isolated', '--disable-pip-version-check', '--no-input'];
  const to = ['--only-binary', ':all:', '--no-cache-dir', '--target', 'site-packages'];
  const install = [...pip, 'install', ...to, '--retries', '1', '--timeout', '15'];
  return {
    files: [],
    written: [{ path: 'requirements.txt', content: `${requirements.lines.join('\n')}\n` }],
    lockfile: requirements.pinned ? (requirements.from[0] ?? null) : null,
    install: {
      argv: [...install, ...(requirements.hashed ? ['--require-hashes'] : []), '-r', 'requirements.txt'],
      env: {},
      words: `pip install --only-binary :all: ${requirements.hashed ? '--require-hashes ' : ''}-r requirements.txt`,
      into: 'site-packages',
      ...(requirements.pinned
        ? {}
        : {
            resolved: {
              file: 'requirements.lock',
              write: [...pip, 'freeze', '--path', 'site-packages'],
              argv: [...install, '--no-deps', '-r', 'requirements.lock'],
            },
          }),
    },
  };
}

function installCommand(layout: Layout): string {
  const files = layout.requirements.from.filter((path) => path.endsWith('.txt'));
  if (!needsFetching(layout)) return '';
  return `pip install ${files.length > 0 ? files.map((path) => `-r ${path}`).join(' ') : '.'}`;
}

function testCommand(layout: Layout): string {
  if (layout.suite === 'none') return '';
  const roots = layout.roots.filter((root) => root !== '');
  const path = roots.length > 0 ? `PYTHONPATH=${roots.join(':')} ` : '';
  if (layout.suite === 'pytest') return `${path}python3 -m pytest`;
  const [, start, pattern] = discovery(layout);
  return `${path}python3 -m unittest discover -s ${start} -p '${pattern}'`;
}

function describeLayout(layout: Layout): string {
  const { requirements, suite, testFiles, because } = layout;
  const parts = [
    suite === 'none'
      ? `no tests of its own, so acceptance tests are written for ${layout.framework}`
      : `tests run with ${suite}, because ${because} (${testFiles.length} test ${testFiles.length === 1 ? 'file' : 'files'})`,
  ];
  if (needsFetching(layout)) {
    const from = requirements.from.join(', ');
    parts.push(
      requirements.pinned
        ? `dependencies pinned in ${from}${requirements.hashed ? ' with their hashes' : ''}`
        : `no lockfile: pip resolves the dependencies of ${from} once, and what it chose is kept`,
    );
  } else if (requirements.names.has('pytest')) parts.push("no dependencies but pytest, the sandbox's own");
  if (requirements.leftOut.length > 0) {
    parts.push(`not installed, because it is no plain requirement: ${requirements.leftOut.join(' · ')}`);
  }
  return `python: ${parts.join(', ')}`;
}

function sealedTestPath({ testFolder, naming, testFiles }: Layout, issue: number, slug: string): string {
  const words = `issue_${issue}_${slug.replaceAll(/\W+/g, '_')}`;
  const name = naming === 'suffix' ? `${words}_test.py` : `test_${words}.py`;
  const folder = testFiles.length === 0 ? 'tests' : testFolder;
  return folder === '' ? name : `${folder}/${name}`;
}

function harnessCard(layout: Layout): string {
  const path = sealedTestPath(layout, 1, 'example');
  const [root = ''] = layout.roots;
  const example = root === '' ? 'pkg/core.py is pkg.core' : `${root}/pkg/core.py is pkg.core`;
  const isPytest = layout.framework === 'pytest';
  return [
    `Framework: ${isPytest ? 'pytest' : 'unittest'} (Python).`,
    `Tests live in ${layout.testFolder || 'the root'}, e.g. ${path}; the file is run alone, without conftest.py.`,
    `Imports: absolute, by the module's name (${example}); besides the interface only ${layout.framework} and harmless parts of the standard library (json, re, math, decimal, datetime, asyncio, …).`,
    isPytest
      ? 'Every test is a plain function at the top of the file whose name starts with its id, e.g. C1/2 as def test_C1_2_words(): …; no decorators, parametrize, skip, loops around tests, fixtures (but capsys), mocks.'
      : 'Every test is a method of a class of unittest.TestCase whose name starts with its id, e.g. C1/2 as def test_C1_2_words(self): …; no decorators, skip, subTest, loops around tests, setUp, mocks.',
    'Every test compares with a literal directly in its body: ' +
      (isPytest
        ? "assert f(x) == '…', assert f(x) is True, assert f(x) == [1, 2], with pytest.raises(ValueError, match='…'):; no pytest.approx alone."
        : "self.assertEqual(f(x), '…'), self.assertIs(f(x), True), with self.assertRaisesRegex(ValueError, '…'):."),
    'The code runs in another process: arguments, results, raised errors and what is printed are copied as data (also tuple, set, bytes, Decimal, Fraction, date, datetime, UUID, Path, complex); generators arrive as iterators, coroutines are awaited with asyncio.run. Functions, instances of classes and changes made to an argument do not cross. What needs them is tested in mode in-process.',
  ].join('\n');
}
