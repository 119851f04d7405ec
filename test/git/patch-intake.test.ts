import fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { blobId } from '../../src/git/objects.ts';
import { MEDIA_ENDINGS } from '../../src/git/path-rules.ts';
import type { Edit } from '../../src/git/types.ts';
import { mirrorOf, tempDir } from './origin.ts';

const write = (file: string, content = 'x\n', executable?: boolean): Edit => ({
  kind: 'write',
  path: file,
  content: Buffer.from(content),
  executable,
});
const remove = (file: string): Edit => ({ kind: 'delete', path: file });

const BASE = {
  'README.md': '# lib\n',
  'src/a.js': 'one\ntwo\nthree\n',
  'src/old.js': 'old\n',
  'bin/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  link: { mode: '120000', content: 'README.md' },
  vendored: { submodule: '1234567890123456789012345678901234567890' },
};

test('edits become a checked tree with a readable diff, the same every time', async () => {
  const { mirror, base } = await mirrorOf(BASE);
  const edits: Edit[] = [
    write('src/a.js', 'one\n2\nthree\n'),
    write('src/new/b.js', 'b\n'),
    write('bin/run.sh', '#!/bin/sh\nexit\n'),
    write('bin/tool', 'x', true),
    remove('src/old.js'),
    write('node_modules/evil/index.js'),
  ];
  const candidate = await mirror.applyEdits({ base, edits });
  expect(candidate.files).toEqual([
    { path: 'bin/run.sh', change: 'modified', additions: 1, deletions: 0 },
    { path: 'bin/tool', change: 'added', additions: 1, deletions: 0 },
    { path: 'src/a.js', change: 'modified', additions: 1, deletions: 1 },
    { path: 'src/new/b.js', change: 'added', additions: 1, deletions: 0 },
    { path: 'src/old.js', change: 'deleted', additions: 0, deletions: 1 },
  ]);
  expect(candidate).toMatchObject({
    base,
    insertions: 4,
    deletions: 2,
    ignored: ['node_modules/evil/index.js'],
  });
  expect(candidate.diff).toMatchSnapshot();
  const modes = (await mirror.listFiles(candidate.tree)).map((file) => `${file.mode} ${file.path}`);
  expect(modes).toEqual([
    '100644 README.md',
    '100755 bin/run.sh',
    '100755 bin/tool',
    '120000 link',
    '100644 src/a.js',
    '100644 src/new/b.js',
    '160000 vendored',
  ]);

  const elsewhere = await mirrorOf(BASE);
  const again = await elsewhere.mirror.applyEdits({ base: elsewhere.base, edits: edits.toReversed() });
  expect({ ...again, ignored: candidate.ignored }).toEqual(candidate);
  expect(candidate.tree).toBe('f5a3d0a0de61e59cb127cc81b5d8d3e06eb54b80');
});

test('a diff for readers has every line of everything but media', async () => {
  const { mirror, base } = await mirrorOf({
    ...BASE,
    '.gitattributes': '*.js binary\n',
    'src/b.js': 'b\0\n',
  });
  const { diff, files } = await mirror.applyEdits({
    base,
    edits: [
      write('src/a.js', 'one\n/* \0 */ two()\nthree\n'),
      write('src/b.js', 'b\n'),
      write('a.png/c.js', '\0c()\n'),
      write('d.png', '\0d()\n'),
      write('e.png', 'e()\n'),
    ],
  });
  for (const line of ['+/* \0 */ two()', '-b\0', '+b', '+\0c()', '+e()'])
    expect(diff.split('\n')).toContain(line);
  expect(diff).toContain('Binary files /dev/null and b/d.png differ');
  expect(diff).not.toContain('d()');
  expect(files.map(({ path, additions, deletions }) => [path, additions, deletions])).toEqual([
    ['a.png/c.js', 1, 0],
    ['d.png', 0, 0],
    ['e.png', 1, 0],
    ['src/a.js', 1, 1],
    ['src/b.js', 1, 1],
  ]);
});

test('media is the same to the diff and to patch intake', async () => {
  const file = new URL('../../src/git/readable.gitattributes', import.meta.url);
  const endings = [...(await fs.readFile(file, 'utf8')).matchAll(/^\*\.(\w+) !diff$/gm)].map(
    ([, ending]) => ending,
  );
  expect(endings).toEqual(MEDIA_ENDINGS);
});

test('no edits, or edits that change nothing, give the tree of the base', async () => {
  const { mirror, base } = await mirrorOf(BASE);
  const { tree } = await mirror.commitInfo(base);
  expect(await mirror.applyEdits({ base, edits: [write('README.md', '# lib\n')] })).toEqual({
    tree,
    base,
    files: [],
    diff: '',
    insertions: 0,
    deletions: 0,
    ignored: [],
  });
});

test('a file may make room for a directory, and a link for a file', async () => {
  const { mirror, base } = await mirrorOf(BASE);
  const edits = [remove('src/a.js'), write('src/a.js/index.js'), write('link', 'now a file\n')];
  const { tree } = await mirror.applyEdits({ base, edits });
  const files = await mirror.listFiles(tree);
  expect(files.find((file) => file.path === 'src/a.js/index.js')?.mode).toBe('100644');
  expect(files.find((file) => file.path === 'link')?.mode).toBe('100644');
});

test('the complete patch makes the candidate out of the base, binary files included', async () => {
  const { mirror, base, dir } = await mirrorOf({ ...BASE, 'logo.png': Buffer.from([0, 1, 2, 255]) });
  const content = Buffer.from([0, 7, 7, 7, 254]);
  const edits: Edit[] = [
    { kind: 'write', path: 'logo.png', content },
    write('src/a.js', 'no newline at end'),
  ];
  const { tree, diff } = await mirror.applyEdits({ base, edits });
  expect(diff).toContain('Binary files a/logo.png and b/logo.png differ');
  const env = { GIT_DIR: path.join(dir, 'ann/lib.git'), GIT_INDEX_FILE: path.join(await tempDir(), 'index') };
  await execa('git', ['read-tree', base], { env });
  await execa('git', ['apply', '--cached', '-'], { env, input: await mirror.patch(base, tree) });
  expect((await execa('git', ['write-tree'], { env })).stdout).toBe(tree);
});

const REFUSED: Array<[why: string, path: string]> = [
  ['leads out', '../x'],
  ['leads out', 'src/../../x'],
  ['relative path', '/etc/passwd'],
  ['relative path', 'C:\\x'],
  ['relative path', ''],
  ['empty component', 'src//x'],
  ['empty component', 'src/'],
  ['empty component', './x'],
  ['reaches into .git', '.git/hooks/post-checkout'],
  ['reaches into .git', 'src/.GIT/config'],
  ['reaches into .git', 'git~1/config'],
  ['reaches into .git', 'src/GIT~2'],
  ['reaches into .git', '.git /config'],
  ['reaches into .git', '.git./config'],
  ['reaches into .git', '.git. . /config'],
  ['reaches into .git', '.git::$INDEX_ALLOCATION/config'],
  ['reaches into .git', '.g\u200cit/config'],
  ['reaches into .git', '\ufeff.git/config'],
  ['reaches into .git', '.ｇｉｔ/config'],
  ['submodules', '.gitmodules'],
  ['submodules', '.GitModules'],
  ['submodules', 'GITMOD~1'],
  ['submodules', 'vendored'],
  ['is a file, not a directory', 'vendored/x'],
  ['is a file, not a directory', 'README.md/x'],
  ['is a file, not a directory', 'link/x'],
  ['control characters', 'a\nb'],
  ['control characters', 'a\u001b[2Jb'],
  ['control characters', 'a\u0085b'],
  ['control characters', 'a\0b'],
  ['invisible characters', 'a\u202eexe.js'],
  ['invisible characters', 'a\u00adb'],
  ['backslash', 'src\\x'],
  ['UTF-8', 'a\ud800b'],
  ['only by case', 'readme.md'],
  ['only by case', 'SRC/x.js'],
  ['only by case', 'src/A.js/x'],
  ['longer than 255', 'a'.repeat(256)],
  ['longer than 255', `src/${'é'.repeat(128)}`],
  ['longer than 4096', 'a/'.repeat(2048).concat('b')],
  ['workflows', '.github/workflows/ci.yml'],
  ['workflows', '.GitHub/Workflows/ci.yml'],
  ['workflows', '.github/workflows'],
];

test('refuses paths, each with its reason', async () => {
  const { mirror, base } = await mirrorOf(BASE);
  for (const [why, file] of REFUSED) {
    const error = await mirror.applyEdits({ base, edits: [write(file)] }).catch((reason) => reason);
    expect(error, file).toMatchObject({ name: 'UserError', message: expect.stringContaining(why) });
    expect(error.message, file).toContain(JSON.stringify(file).slice(0, 200));
  }
});

test('refuses edits that contradict each other or the base', async () => {
  const { mirror, base } = await mirrorOf({
    ...BASE,
    '.github/workflows/ci.yml': 'on: push\n',
    '.gitmodules': '\n',
  });
  const refusals: Array<[Edit[], string]> = [
    [[write('x'), write('x')], 'changed twice'],
    [[write('x'), write('X')], 'only by case'],
    [[write('e\u0301'), write('\u00e9')], 'only by case'],
    [[write('x'), write('x/y')], 'is a file, not a directory'],
    [[remove('nothing')], 'does not exist'],
    [[remove('vendored')], 'submodules'],
    [[remove('.gitmodules')], 'submodules'],
    [[remove('.github/workflows/ci.yml')], 'workflows'],
  ];
  for (const [edits, why] of refusals) {
    await expect(mirror.applyEdits({ base, edits }), why).rejects.toThrow(why);
  }
});

test('a repository that already has colliding names can still be changed elsewhere', async () => {
  const { mirror, base } = await mirrorOf({ Makefile: 'a\n', makefile: 'b\n', 'a.txt': 'a\n' });
  const { files } = await mirror.applyEdits({
    base,
    edits: [write('a.txt', 'b\n'), write('makefile', 'c\n')],
  });
  expect(files).toHaveLength(2);
});

test('refuses patches that are too big', async () => {
  const limits = { edits: 2, bytesPerFile: 10, totalBytes: 15 };
  const { mirror, base } = await mirrorOf(BASE, { limits });
  await expect(mirror.applyEdits({ base, edits: [write('x', 'a'.repeat(11))] })).rejects.toThrow(
    '11 bytes; at most 10',
  );
  const two = [write('x', 'a'.repeat(10)), write('y', 'a'.repeat(10))];
  await expect(mirror.applyEdits({ base, edits: two })).rejects.toThrow('20 bytes; at most 15');
  await expect(
    mirror.applyEdits({ base, edits: ['a', 'b', 'c'].map((file) => write(file)) }),
  ).rejects.toThrow('3 files');
});

test('a base that git itself would not take is refused, not quietly repaired', async () => {
  const { mirror, base, origin, mirrors, dir } = await mirrorOf(BASE);
  const blob = await origin.git(['hash-object', '-w', '--stdin'], 'x');
  const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
  const bad = await origin.git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], entry);
  const root = await origin.git(['mktree'], `040000 tree ${bad}\tsub\n100644 blob ${blob}\ta\n`);
  const sha = await origin.git(['commit-tree', root, '-p', base, '-m', 'bad']);
  await origin.git(['update-ref', 'refs/heads/bad', sha]);
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  await expect(mirror.applyEdits({ base: sha, edits: [write('sub/new')] })).rejects.toThrow(
    '"sub/.git": git does not take this name',
  );
  await expect(mirror.sourceTar(sha)).rejects.toThrow('"sub/.git": it reaches into .git');
  expect(await fs.readdir(path.join(dir, '.scratch'))).toEqual([]);
});

test('what git finds malformed never reaches the repository', async () => {
  const { mirror, base, dir } = await mirrorOf(BASE);
  const line = `${'a'.repeat(3000)} text\n`;
  await expect(mirror.applyEdits({ base, edits: [write('.gitattributes', line)] })).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('gitattributesLineLength'),
  });
  const blob = blobId(Buffer.from(line));
  const { exitCode } = await execa('git', ['cat-file', '-e', blob], {
    cwd: path.join(dir, 'ann/lib.git'),
    reject: false,
  });
  expect(exitCode).toBe(1);
  expect(await fs.readdir(path.join(dir, 'ann/lib.git/objects/pack'))).toEqual([]);
});
