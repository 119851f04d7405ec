import fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Edit } from '../../src/git/types.ts';
import { mirrorOf, tempDir } from './origin.ts';

const DRIVERS = '* filter=evil diff=evil merge=evil ident export-subst\n';

/** Configuration that runs a command in every way that git knows for the operations we use. */
function configThatRuns(command: string): string {
  return `
[core]
  hooksPath = ${path.dirname(command)}
  fsmonitor = ${command}
  pager = ${command}
  sshCommand = ${command}
  attributesFile = ${path.dirname(command)}/attributes
[filter "evil"]
  clean = ${command}
  smudge = ${command}
  required = true
[diff "evil"]
  textconv = ${command}
  command = ${command}
[diff]
  external = ${command}
[merge "evil"]
  driver = ${command}
[credential]
  helper = ${command}
[uploadpack]
  packObjectsHook = ${command}
`;
}

test('nothing of a repository, and nothing of the host, runs or changes a result', async () => {
  const trap = await tempDir();
  const marker = path.join(trap, 'marker');
  for (const name of [
    'evil',
    'post-index-change',
    'reference-transaction',
    'pre-push',
    'post-checkout',
    'pre-commit',
  ]) {
    await fs.writeFile(path.join(trap, name), `#!/bin/sh\necho ${name} >> ${marker}\ncat\n`, { mode: 0o755 });
  }
  await fs.writeFile(path.join(trap, 'attributes'), DRIVERS);
  await fs.writeFile(path.join(trap, 'gitconfig'), configThatRuns(path.join(trap, 'evil')));
  await fs.writeFile(path.join(trap, '.gitconfig'), configThatRuns(path.join(trap, 'evil')));
  // The host's own configuration, as a careless administrator would have it.
  const trapped = {
    HOME: trap,
    GIT_CONFIG_GLOBAL: path.join(trap, 'gitconfig'),
    GIT_EXTERNAL_DIFF: path.join(trap, 'evil'),
    GIT_TRACE: path.join(trap, 'trace'),
  };
  const files = {
    '.gitattributes': DRIVERS,
    '.gitignore': '*.log\n',
    'a.txt': 'one\n',
    'sub/.gitattributes': DRIVERS,
  };
  const { origin, mirrors, mirror, base, dir } = await mirrorOf(files);
  for (const [name, value] of Object.entries(trapped)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });

  // The trap works: plain git walks into it.
  const gitDir = path.join(dir, 'ann/lib.git');
  const next = await origin.commit({ ...files, 'a.txt': 'two\n' }, { parents: [base] });
  await fs.rm(marker, { force: true });
  await execa('git', ['--git-dir', origin.dir, 'diff', base, next], { input: '', reject: false });
  expect(await fs.readFile(marker, 'utf8')).toContain('evil');
  await fs.rm(marker);
  await fs.rm(path.join(trap, 'trace'));

  // A configuration of the mirror that somebody managed to change is overruled as well.
  await fs.appendFile(
    path.join(gitDir, 'config'),
    `[core]\n  hooksPath = ${trap}\n  fsmonitor = ${trap}/evil\n`,
  );
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  const { tar } = await mirror.sourceTar(base);
  const work = await tempDir();
  await execa('tar', ['-xf', '-', '-C', work], { input: tar });
  await fs.writeFile(path.join(work, 'a.txt'), 'changed\n');
  await fs.writeFile(path.join(work, '.gitattributes'), `${DRIVERS}*.txt filter=evil\n`);
  const changed = Buffer.from(
    (await execa('tar', ['-C', work, '-cf', '-', '.'], { encoding: 'buffer' })).stdout,
  );
  const edits: Edit[] = await mirror.editsFromTar({ base, tar: changed });
  expect(edits.map((edit) => edit.path)).toEqual(['.gitattributes', 'a.txt']);
  const candidate = await mirror.applyEdits({ base, edits });
  expect(candidate.diff).toContain('-one\n+changed\n');
  await mirror.patch(base, candidate.tree);
  expect(await mirror.replay({ candidate: candidate.tree, from: base, onto: next })).toEqual({
    clean: false,
    conflicts: ['a.txt'],
  });
  const author = { name: 'bot', email: 'bot@example.com' };
  const sha = await mirror.commit({
    tree: candidate.tree,
    parents: [base],
    message: 'm',
    author,
    date: new Date(0),
  });
  await mirror.push({ url: origin.url, ref: 'refs/heads/auto-build/x', sha, lease: null });
  expect((await mirror.readFile(sha, 'a.txt', 100))?.toString()).toBe('changed\n');
  expect(await fs.readFile(marker, 'utf8').catch(() => 'nothing ran')).toBe('nothing ran');
  expect(await fs.readdir(trap)).not.toContain('trace');
});

test('built-in drivers that a tree chooses change neither diff nor merge', async () => {
  const files = { '.gitattributes': '*.txt -diff merge=union\n', 'a.txt': 'one\n' };
  const { origin, mirrors, mirror, base } = await mirrorOf(files);
  await origin.git(['symbolic-ref', 'HEAD', 'refs/heads/main']);
  const next = await origin.commit({ ...files, 'a.txt': 'theirs\n' }, { parents: [base] });
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  const edits: Edit[] = [{ kind: 'write', path: 'a.txt', content: Buffer.from('ours\n') }];
  const { tree, diff } = await mirror.applyEdits({ base, edits });
  expect(diff).toContain('-one\n+ours\n');
  expect(await mirror.replay({ candidate: tree, from: base, onto: next })).toMatchObject({ clean: false });
});

test('replacement objects do not stand in for what an id names', async () => {
  const { origin, mirrors, mirror, base, dir } = await mirrorOf({ 'a.txt': 'true\n' });
  const blob = await origin.git(['rev-parse', 'main:a.txt']);
  const lie = await origin.git(['hash-object', '-w', '--stdin'], 'lie\n');
  await origin.git(['replace', blob, lie]);
  await origin.git(['update-ref', 'refs/tags/lie', lie]);
  await mirrors.fetch({ repo: 'ann/lib', url: origin.url });
  const mirrored = { GIT_DIR: path.join(dir, 'ann/lib.git') };
  expect((await execa('git', ['for-each-ref', 'refs/replace'], { env: mirrored })).stdout).toBe('');
  await execa('git', ['replace', blob, lie], { env: mirrored });
  expect((await mirror.readFile(base, 'a.txt', 100))?.toString()).toBe('true\n');
});

test('reads regular files only, and up to a cap', async () => {
  const { mirror, base } = await mirrorOf({
    'a.txt': 'one\n',
    'd/b.txt': 'b\n',
    ':(top)odd.txt': 'odd\n',
    l: { mode: '120000', content: '/etc/passwd' },
  });
  expect((await mirror.readFile(base, 'd/b.txt', 2))?.toString()).toBe('b\n');
  expect((await mirror.readFile(base, ':(top)odd.txt', 100))?.toString()).toBe('odd\n');
  for (const file of ['none', 'd', 'd/', 'l', '', '../a.txt', ':(top)a.txt', 'A.TXT']) {
    expect(await mirror.readFile(base, file, 100), file).toBeUndefined();
  }
  await expect(mirror.readFile(base, 'a.txt', 3)).rejects.toThrow('a.txt has 4 bytes; at most 3');
});
