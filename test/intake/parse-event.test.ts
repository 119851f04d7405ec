import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf, laneOf } from '../../src/intake/event.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';
import { payloads } from '../../src/intake/payload.ts';
import { githubExamples } from './github-examples.ts';
import { labeledPayload, repository, sender } from './payloads.ts';

const inRepo = { installation: { id: 5 }, repository, sender };
const sha = 'a'.repeat(40);

function parsed(name: string, payload: unknown) {
  const event = parseEvent(name, payload);
  if ('ignored' in event) throw new Error(event.ignored);
  return event;
}

describe("GitHub's own examples", () => {
  const all = githubExamples.flatMap(({ name, examples }) => examples.map((example) => ({ name, example })));

  test('every one is an event or is ignored with a reason', () => {
    for (const { name, example } of all) {
      const event = parseEvent(name, example);
      if ('ignored' in event) expect(event.ignored).not.toBe('');
      else expect(laneOf(event)).toMatch(/^(repo|installation):\d+$/);
    }
  });

  test('with an installation, every one of a kind that we act on is understood', () => {
    const seen = new Set<string>();
    for (const { name, example } of all) {
      const event = parseEvent(name, { ...example, installation: example.installation ?? { id: 5 } });
      if ('ignored' in event) expect(event).toMatchObject({ expected: true });
      else seen.add(example.action === undefined ? name : `${name}.${example.action}`);
    }
    const unseen = Object.keys(payloads).filter((kind) => !seen.has(kind));
    // Of these there are no examples.
    expect(unseen).toEqual([
      'issues.closed',
      'pull_request.dequeued',
      'repository.archived',
      'repository.unarchived',
      'repository.deleted',
    ]);
  });
});

test('issues.labeled carries the issue as it stood', () => {
  expect(parsed('issues', labeledPayload())).toEqual({
    type: 'issue-labeled',
    installationId: 5,
    sender,
    repo: { id: 11, owner: 'octo', name: 'slug', defaultBranch: 'main' },
    label: { id: 77, name: 'auto-build' },
    issue: {
      id: 100,
      number: 7,
      title: 'Add a separator option',
      body: 'It should …',
      author: { login: 'bob', id: 4, type: 'User' },
      url: 'https://github.com/octo/slug/issues/7',
      state: 'open',
      labels: ['auto-build'],
      createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
      updatedAt: Date.UTC(2026, 0, 2, 3, 5, 5),
    },
  });
});

test('an issue without text or author is understood', () => {
  expect(parsed('issues', labeledPayload({ issue: { body: null, user: null } }))).toMatchObject({
    issue: { body: '', author: { login: 'ghost' } },
  });
});

test.each([
  ['a label on a pull request', 'issues', labeledPayload({ issue: { pull_request: { url: 'x' } } }), true],
  ['no installation', 'issues', { ...labeledPayload(), installation: undefined }, false],
  ['an action nothing depends on', 'issues', { ...inRepo, action: 'pinned' }, true],
  ['an event nothing depends on', 'star', { ...inRepo, action: 'created' }, true],
  ['an event named like a property of every object', 'constructor', {}, true],
  ['a pending status', 'status', { ...inRepo, state: 'pending' }, true],
  ['a missing field', 'issues', labeledPayload({ issue: { title: undefined } }), false],
  ['no object at all', 'issues', 'text', false],
])('%s is ignored', (_name, name, payload, expected) => {
  expect(parseEvent(name, payload)).toMatchObject({ ignored: expect.stringMatching(/\w/), expected });
});

test('what does not fit is named', () => {
  expect(parseEvent('issues', labeledPayload({ issue: { title: 5 } }))).toMatchObject({
    ignored: expect.stringMatching(/^the payload of issues\.labeled does not fit: issue\.title: .*string/),
  });
});

test('a comment on a pull request is told from one on an issue', () => {
  const comment = {
    id: 1,
    user: sender,
    author_association: 'NONE',
    body: '/help',
    created_at: '2026-01-01T00:00:00Z',
  };
  const { issue } = labeledPayload();
  const onPull = { ...inRepo, action: 'created', comment, issue: { ...issue, pull_request: {} } };
  expect(parsed('issue_comment', onPull)).toMatchObject({
    issue: { number: issue.number, isPullRequest: true },
  });
  expect(parsed('issue_comment', { ...onPull, issue })).toMatchObject({
    issue: { isPullRequest: false, title: issue.title, body: issue.body },
    comment: { body: '/help', author: sender },
  });
});

describe('identity', () => {
  test('a redelivery has the same, the next labelling another', () => {
    const first = identityOf(parsed('issues', labeledPayload()));
    expect(identityOf(parsed('issues', structuredClone(labeledPayload())))).toBe(first);
    const later = labeledPayload({ issue: { updated_at: '2026-01-02T03:06:00Z' } });
    expect(identityOf(parsed('issues', later))).not.toBe(first);
    expect(identityOf(parsed('issues', labeledPayload({ label: { id: 78 } })))).not.toBe(first);
    expect(identityOf(parsed('issues', { ...labeledPayload(), action: 'unlabeled' }))).not.toBe(first);
  });

  test('a branch that is pushed forth and back and forth was pushed three times', () => {
    const push = { ...inRepo, ref: 'refs/heads/main', before: sha, after: 'b'.repeat(40) };
    const at = (pushed_at: number) =>
      identityOf(parsed('push', { ...push, repository: { ...repository, pushed_at } }));
    expect(at(1)).not.toBe(at(2));
    expect(at(1)).toBe(at(1));
    expect(identityOf(parsed('push', push))).toBeUndefined();
  });
});

test('no payload whatsoever makes it throw', () => {
  const name = fc.constantFrom(
    ...Object.keys(payloads).map((kind) => kind.split('.')[0]!),
    '__proto__',
    'toString',
  );
  const action = fc.constantFrom(undefined, ...Object.keys(payloads).map((kind) => kind.split('.')[1]));
  const shaped = fc.record({
    action,
    installation: fc.anything(),
    issue: fc.anything(),
    repository: fc.anything(),
  });
  fc.assert(
    fc.property(name, fc.oneof(fc.anything({ withNullPrototype: true }), shaped), (event, payload) => {
      const result = parseEvent(event, payload);
      expect('ignored' in result || typeof result.type === 'string').toBe(true);
    }),
    { numRuns: 300 },
  );
});
