import fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { endOfTar, writeMember } from '../../src/git/tar-format.ts';
import type { Mirror } from '../../src/git/types.ts';
import { mirrorOf, type OriginFile, tempDir } from './origin.ts';

const LONG = `deep/${'directory-'.repeat(12)}/${'file-'.repeat(20)}.txt`;
const BASE: Record<string, OriginFile> = {
  'README.md': '# lib\n',
  'src/a.js': 'one\n',
  'src/ünï.txt': 'ü\n',
  'bin/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'logo.png': Buffer.from([0, 255, 1, 254]),
  empty: '',
  link: { mode: '120000', content: 'README.md' },
  longlink: { mode: '120000', content: `${'../'.repeat(50)}x` },
  [LONG]: 'long\n',
  'test/fixtures/node_modules/dep/index.js': 'tracked\n',
};

async function unpack(mirror: Mirror, sha: string): Promise<string> {
  const dir = await tempDir();
  const { tar } = await mirror.sourceTar(sha);
  await execa('tar', ['-xf', '-', '-C', dir], { input: tar });
  return dir;
}

async function pack(dir: string, ...options: string[]): Promise<Buffer> {
  const { stdout } = await execa('tar', ['-C', dir, ...options, '-cf', '-', '.'], { encoding: 'buffer' });
  return Buffer.from(stdout);
}

test('a commit goes out as a tar and comes back without an edit, in every dialect', async () => {
  const { mirror, base } = await mirrorOf(BASE);
  const dir = await unpack(mirror, base);
  expect(await fs.readFile(path.join(dir, LONG), 'utf8')).toBe('long\n');
  expect((await fs.stat(path.join(dir, 'bin/run.sh'))).mode & 0o777).toBe(0o755);
  for (const format of ['gnu', 'posix']) {
    expect(await mirror.editsFromTar({ base, tar: await pack(dir, `--format=${format}`) }), format).toEqual(
      [],
    );
  }
  const { tar } = await mirror.sourceTar(base);
  expect(await mirror.editsFromTar({ base, tar })).toEqual([]);
  expect((await mirror.sourceTar(base)).tar.equals(tar)).toBe(true);
});

test('the tar is the tree: attributes of the repository change nothing in it', async () => {
  const { mirror, base } = await mirrorOf({
    '.gitattributes':
      'secret.txt export-ignore\nsubst.txt export-subst\n* text eol=crlf\n*.x filter=evil ident\n',
    'secret.txt': 'still here\n',
    'subst.txt': '$Format:%H$\n',
    'a.x': '$Id$\n',
  });
  const dir = await unpack(mirror, base);
  expect(await fs.readFile(path.join(dir, 'secret.txt'), 'utf8')).toBe('still here\n');
  expect(await fs.readFile(path.join(dir, 'subst.txt'), 'utf8')).toBe('$Format:%H$\n');
  expect(await fs.readFile(path.join(dir, 'a.x'), 'utf8')).toBe('$Id$\n');
});

test('LFS pointers and submodules are reported', async () => {
  const { mirror, base } = await mirrorOf({
    'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n',
    'vendor/lib': { submodule: '1234567890123456789012345678901234567890' },
  });
  const { lfs, submodules } = await mirror.sourceTar(base);
  expect({ lfs, submodules }).toEqual({ lfs: ['big.bin'], submodules: ['vendor/lib'] });
  const dir = await unpack(mirror, base);
  expect(await fs.readdir(path.join(dir, 'vendor/lib'))).toEqual([]);
  expect(await mirror.editsFromTar({ base, tar: await pack(dir) })).toEqual([]);
});

test('finds what was added, changed, deleted and made executable', async () => {
  const { mirror, base } = await mirrorOf(BASE);
  const dir = await unpack(mirror, base);
  await fs.writeFile(path.join(dir, 'src/a.js'), 'two\n');
  await fs.writeFile(path.join(dir, 'src/b.js'), 'b\n');
  await fs.link(path.join(dir, 'src/b.js'), path.join(dir, 'src/c.js'));
  await fs.chmod(path.join(dir, 'README.md'), 0o755);
  await fs.rm(path.join(dir, 'empty'));
  await fs.rm(path.join(dir, 'link'));
  await fs.mkdir(path.join(dir, 'hollow'));
  const edits = await mirror.editsFromTar({ base, tar: await pack(dir) });
  expect(edits).toEqual([
    { kind: 'write', path: 'README.md', content: Buffer.from('# lib\n'), executable: true },
    { kind: 'delete', path: 'empty' },
    { kind: 'delete', path: 'link' },
    { kind: 'write', path: 'src/a.js', content: Buffer.from('two\n'), executable: false },
    { kind: 'write', path: 'src/b.js', content: Buffer.from('b\n'), executable: false },
    { kind: 'write', path: 'src/c.js', content: Buffer.from('b\n'), executable: false },
  ]);
  const candidate = await mirror.applyEdits({ base, edits });
  const back = await unpack(
    mirror,
    await mirror.commit({ ...COMMIT, tree: candidate.tree, parents: [base] }),
  );
  expect(await fs.readFile(path.join(back, 'src/c.js'), 'utf8')).toBe('b\n');
});

const COMMIT = { message: 'm', author: { name: 'bot', email: 'b@example.com' }, date: new Date(0) };

test('leaves out dependencies, .git and what .gitignore names, but nothing that is committed', async () => {
  const { mirror, base } = await mirrorOf({
    '.gitignore': '/dist\n*.log\n!keep.log\n',
    'kept/committed.log': 'committed although ignored\n',
    'sub/.gitignore': 'private\n',
  });
  const dir = await unpack(mirror, base);
  const files = [
    'dist/x.js',
    'a.log',
    'keep.log',
    ':(top)odd.log',
    'sub/private/x',
    'private/x',
    'new/.gitignore',
    'new/generated/x',
    'node_modules/.bin/tool',
    'packages/p/node_modules/x/.git/config',
    '.git/config',
  ];
  for (const file of files) {
    await fs.mkdir(path.dirname(path.join(dir, file)), { recursive: true });
    await fs.writeFile(path.join(dir, file), file === 'new/.gitignore' ? 'generated\n' : 'x\n');
  }
  await fs.symlink('/etc/passwd', path.join(dir, 'dist/link'));
  await fs.writeFile(path.join(dir, 'kept/committed.log'), 'changed\n');
  const edits = await mirror.editsFromTar({ base, tar: await pack(dir) });
  expect(edits.map((edit) => edit.path)).toEqual([
    'keep.log',
    'kept/committed.log',
    'new/.gitignore',
    'private/x',
  ]);
});

test('refuses what a patch cannot hold, naming it', async () => {
  const { mirror, base } = await mirrorOf(BASE, { limits: { bytesPerFile: 100, tarEntries: 40 } });
  const date = new Date(0);
  const raw = (...members: Array<Parameters<typeof writeMember>[0]>) =>
    Buffer.concat([...members.flatMap((member) => writeMember(member, date)), endOfTar()]);
  const file = (name: string, content = 'x') => ({
    path: name,
    type: 'file' as const,
    mode: 0o644,
    content: Buffer.from(content),
  });
  const link = (name: string, target: string) => ({
    path: name,
    type: 'symlink' as const,
    mode: 0o777,
    target: Buffer.from(target),
  });
  const retyped = (type: string) => {
    const [header] = writeMember(
      { path: 'odd', type: 'symlink', mode: 0o644, target: Buffer.from('nothing') },
      date,
    );
    const sum = header!.subarray(148, 156);
    const before = Number.parseInt(sum.toString('latin1'), 8);
    const after = before - header![156]! + type.charCodeAt(0);
    header!.write(type, 156, 'latin1');
    sum.write(`${after.toString(8).padStart(6, '0')}\0 `, 0, 'latin1');
    return Buffer.concat([header!, endOfTar()]);
  };
  const whole = raw(file('a', 'a'.repeat(600)));
  const forged = Buffer.from(whole);
  forged.write('z', 0);
  const cases: Array<[Buffer, string]> = [
    [raw(link('new', 'README.md')), '"new": symbolic links'],
    [raw(link('link', '/etc/passwd')), '"link": symbolic links'],
    [raw(link('README.md', 'x')), '"README.md": symbolic links'],
    [raw(file('../../x')), '"../../x": it leads out'],
    [raw(file('/etc/x')), '"/etc/x": it is not a relative path'],
    [raw(file('sub/.git/config')), '"sub/.git/config": it reaches into .git'],
    [raw(file('.GIT/config')), '".GIT/config": it reaches into .git'],
    [raw(file('x'), file('x')), '"x": it is in the work directory twice'],
    [raw(file('x', 'a'.repeat(101))), '"x": it has 101 bytes; at most 100'],
    [raw(file('src/a.js', 'one\0\n')), '"src/a.js": it holds a NUL byte'],
    [raw({ ...file('new'), content: Buffer.from('a\xff', 'latin1') }), '"new": it is not text in UTF-8'],
    [raw({ ...file('logo.png/x.js'), content: Buffer.from([0]) }), '"logo.png/x.js": it holds a NUL byte'],
    [retyped('1'), '"odd": it is a hard link'],
    [retyped('6'), '"odd": it is a device'],
    [retyped('3'), '"odd": it is a device'],
    [retyped('S'), 'sparse files'],
    [raw(...Array.from({ length: 41 }, (_, index) => file(`f${index}`))), 'more than 40 entries'],
    [whole.subarray(0, 700), 'cut off'],
    [forged, 'wrong checksum'],
    [endOfTar(), 'empty'],
  ];
  for (const [tar, why] of cases) {
    await expect(mirror.editsFromTar({ base, tar }), why).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(why),
    });
  }
});
