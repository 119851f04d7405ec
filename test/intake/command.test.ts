import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorize } from '../../src/intake/authorize.ts';
import { parseCommand } from '../../src/intake/command.ts';

test.each([
  ['/approve', 'approve', ''],
  ['/approve spec', 'approve', 'spec'],
  ['/approve spec\nLooks good to me', 'approve', 'spec'],
  ['\n\n  /approve\r\n', 'approve', ''],
  [' \t\n/Approve remaining ', 'approve', 'remaining'],
  ['/reject the name\n\n```js\nslug()\n```', 'reject', 'the name\n\n```js\nslug()\n```'],
  ['/answer 1. yes\r\n2. no', 'answer', '1. yes\r\n2. no'],
  ['/budget +5', 'budget', '+5'],
  ['/auto-build', 'auto-build', ''],
  ['/status', 'status', ''],
  ['/help\nplease', 'help', ''],
])('%j is a command', (comment, verb, text) => {
  expect(parseCommand(comment)).toEqual({ verb, text });
});

test.each([
  '',
  '   ',
  '/',
  '/approved',
  '/approve.',
  '/merge',
  '/constructor',
  'please /approve',
  '> /approve',
  '>/approve',
  '`/approve`',
  '```\n/approve\n```',
  '~~~\n/approve\n~~~',
  '    /approve',
  '\t/approve',
  '\n\n    /approve',
  '- /approve',
  '<!-- x -->/approve',
  '\u200B/approve',
  '//approve',
  'Thanks!\n/approve',
])('%j is none', (comment) => {
  expect(parseCommand(comment)).toBeUndefined();
});

test('long comments are cut, and cost linear time', () => {
  expect(parseCommand(`/reject ${'x'.repeat(100_000)}`)?.text).toHaveLength(20_000);
  for (const piece of [' ', '\n', ' \n', '\t', '/', '\r', '/approve']) {
    const begin = performance.now();
    parseCommand(piece.repeat(2_000_000));
    expect(performance.now() - begin).toBeLessThan(100);
  }
});

test('any text is a command or none, and the text never has surrounding space', () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.constantFrom('', '/', '/reject ', '/answer\n', '\n/approve '), fc.string()),
      (parts) => {
        const command = parseCommand(parts.join(''));
        if (command) expect(command.text).toBe(command.text.trim());
      },
    ),
  );
});

test('who may do what', () => {
  const asker = { roleName: 'read', isBot: false, isAuthor: false };
  for (const roleName of ['write', 'maintain', 'admin']) {
    for (const action of ['label', 'auto-build', 'approve', 'budget', 'status', 'help'] as const) {
      expect(authorize(action, { ...asker, roleName })).toEqual({ allowed: true });
      expect(authorize(action, { ...asker, roleName, isBot: true })).toMatchObject({
        allowed: false,
        reply: false,
      });
    }
  }
  for (const roleName of ['none', 'read', 'triage', 'Write', 'release-captain', '']) {
    for (const action of ['auto-build', 'approve', 'reject', 'retry', 'cancel', 'answer'] as const) {
      expect(authorize(action, { ...asker, roleName, isAuthor: true })).toMatchObject({
        allowed: false,
        reply: false,
      });
    }
  }
  expect(authorize('status', { ...asker, isAuthor: true })).toEqual({ allowed: true });
  expect(authorize('help', { ...asker, roleName: 'triage' })).toEqual({ allowed: true });
  expect(authorize('help', asker)).toMatchObject({ allowed: false, reply: false });
  expect(authorize('label', { ...asker, roleName: 'triage' })).toMatchObject({ allowed: false, reply: true });
  expect(authorize('label', asker)).toMatchObject({ allowed: false, reply: false });
});
