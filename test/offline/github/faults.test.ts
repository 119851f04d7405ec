import { expect, test } from 'vitest';
import { call, newToken, startGitHub } from './bench.ts';

/** An issue, and a way to comment on it and to read its comments as the app. */
async function bench() {
  const { github, ann } = await startGitHub();
  const { number } = await ann.createIssue({ title: 'One' });
  const token = await newToken(github);
  const route = `/repos/acme/lib/issues/${number}/comments`;
  const comment = (body: string) => call(github, token, 'POST', route, { body });
  const read = async (query = '') =>
    ((await call(github, token, 'GET', `${route}${query}`)).body as { body: string }[]).map(
      ({ body }) => body,
    );
  const written = () =>
    github
      .ledger()
      .filter(({ operation }) => operation === 'issues/create-comment')
      .map(({ status, fault }) => [status, fault]);
  return { github, comment, read, written };
}

const operation = 'issues/create-comment';

test('faults of one operation strike in their order, as often as they should, and other writes are spared', async () => {
  const { github, comment, read, written } = await bench();
  github.plan({ operation, kind: '502', times: 2 });
  github.plan({ operation, kind: 'lost-500' });
  github.plan({ operation: 'pulls/create', kind: '409' });
  const statuses = [];
  for (const body of ['a', 'b', 'c', 'd']) statuses.push((await comment(body)).status);
  expect(statuses).toEqual([502, 502, 500, 201]);
  expect(await read()).toEqual(['c', 'd']);
  expect(written()).toEqual([
    [502, '502'],
    [502, '502'],
    [201, 'lost-500'],
    [201, undefined],
  ]);
  expect(github.planned()).toEqual([{ operation: 'pulls/create', kind: '409' }]);
  expect(github.violations()).toEqual([]);
});

test('what is carried out can lose its answer in many ways', async () => {
  const { github, comment, read } = await bench();
  github.plan({ operation, kind: 'twin' });
  expect(await comment('twin')).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'already_exists' }] },
  });
  for (const kind of ['lost-reset', 'lost-cut'] as const) {
    github.plan({ operation, kind });
    await expect(comment(kind), kind).rejects.toThrow();
  }
  expect(await read()).toEqual(['twin', 'lost-reset', 'lost-cut']);
});

test('a write that would have been refused anyway keeps the fault for the next one', async () => {
  const { github, comment } = await bench();
  github.plan({ operation, kind: 'lost-500' });
  expect((await comment(' ')).status).toBe(422);
  expect((await comment('words')).status).toBe(500);
  expect(github.planned()).toEqual([]);
});

test('reads lag behind a write only where they were asked for before it, and not for long', async () => {
  const { github, comment, read } = await bench();
  github.plan({ operation, kind: 'stale' });
  expect(await read()).toEqual([]);
  expect((await comment('words')).status).toBe(500);
  expect(await read('?per_page=5')).toEqual(['words']);
  expect([await read(), await read(), await read()]).toEqual([[], [], ['words']]);
});

test('limits say how long they last', async () => {
  const { github, comment } = await bench();
  for (const kind of ['primary-limit', 'secondary-limit', 'lasting-limit'] as const) {
    github.plan({ operation, kind });
  }
  const [primary, secondary, lasting] = [await comment('a'), await comment('b'), await comment('c')];
  expect([primary.status, secondary.status, lasting.status]).toEqual([403, 403, 403]);
  expect(primary.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(secondary.headers.get('retry-after')).toBe('1');
  expect(lasting.headers.get('retry-after')).toBe('3');
});
