import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fillPrompt, loadPrompts, promptVariables } from '../../src/roles/prompts.ts';
import { UserError } from '../../src/run/user-error.ts';
import { promptsDir } from './scripted-roles.ts';

async function copyOfPrompts(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'prompts-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await cp(promptsDir, dir, { recursive: true });
  return dir;
}

test('all prompts of the product load', () => {
  expect([...loadPrompts(promptsDir).keys()]).toEqual(Object.keys(promptVariables));
});

test('no prompt shows a role what must be kept from it', () => {
  for (const [name, variables] of Object.entries<readonly string[]>(promptVariables)) {
    if (/^(builder|reviewer)\//.test(name)) expect(variables).not.toContain('contracts');
    if (name.startsWith('builder/')) expect(variables).not.toContain('tests');
    if (name.startsWith('test-writer/'))
      for (const hidden of ['issue', 'plan', 'patch', 'notes']) expect(variables).not.toContain(hidden);
  }
});

test('everything that is wrong is named at once', async () => {
  const dir = await copyOfPrompts();
  await rm(join(dir, 'reviewer/review.md'));
  await writeFile(
    join(dir, 'builder/build.md'),
    '# System\nYou {{issue}}\n# User\n{{issue}} {{contracts}}\n',
  );
  await writeFile(join(dir, 'builder/repair.md'), 'just text');
  await writeFile(join(dir, 'builder/other.md'), '# System\n\n# User\n');
  let error: unknown;
  try {
    loadPrompts(dir);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message.replace(dir, 'DIR')).toMatchInlineSnapshot(`
    "The prompts in DIR cannot be used:
      builder/build.md: {{issue}} stands in the system part, which must not vary
      builder/build.md: unknown variable {{contracts}}
      builder/build.md: variable {{interface}} is not used
      builder/build.md: variable {{plan}} is not used
      builder/build.md: variable {{notes}} is not used
      builder/repair.md: must have a part "# System" and then a part "# User"
      reviewer/review.md: cannot be read (ENOENT)
      builder/other.md: no role uses this prompt"
  `);
});

test('a missing and an unused variable are errors; a value is not looked at again', () => {
  const prompt = { name: 'x/y', system: '', user: 'A {{a}} B {{b}} A {{a}}' };
  expect(
    fillPrompt(
      prompt,
      new Map([
        ['a', '{{b}} $& $1'],
        ['b', '2'],
      ]),
    ),
  ).toBe('A {{b}} $& $1 B 2 A {{b}} $& $1');
  expect(() => fillPrompt(prompt, new Map([['a', '1']]))).toThrow('prompt x/y: no value for {{b}}');
  expect(() =>
    fillPrompt(
      prompt,
      new Map([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]),
    ),
  ).toThrow('prompt x/y: has no variable {{c}}');
});
