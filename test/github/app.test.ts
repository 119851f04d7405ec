import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createApp } from '../../src/github/app.ts';
import { client } from './world.ts';

const repository = {
  id: 11,
  name: 'slug',
  owner: { login: 'octo' },
  default_branch: 'main',
  archived: false,
};

/** An app that is installed twice. What the second is answered when it asks for a token: by its owner's rules, 403. */
async function installedTwice(refused: readonly number[]) {
  const answers: Record<string, (response: ServerResponse) => object> = {
    '/app/installations': () => [1, 2].map((id) => ({ id, suspended_at: null })),
    '/installation/repositories': () => ({ total_count: 1, repositories: [repository] }),
  };
  for (const id of [1, 2]) {
    answers[`/app/installations/${id}/access_tokens`] = (response) => {
      response.statusCode = refused.includes(id) ? 403 : 201;
      return refused.includes(id) ? { message: 'IP allow list' } : { token: 'a token' };
    };
  }
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const answer = answers[new URL(request.url ?? '', 'http://local').pathname];
    response.end(JSON.stringify(answer ? answer(response) : {}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return createApp(client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
}

test('an installation that answers to nobody, as with an IP allow list, does not hide the others', async () => {
  const app = await installedTwice([2]);
  expect(await app.installations()).toMatchObject([
    { id: 1, trouble: undefined, repositories: [{ owner: 'octo', name: 'slug' }] },
    { id: 2, trouble: { kind: 'forbidden' }, repositories: [] },
  ]);
  expect(await app.repositories()).toHaveLength(1);
});

test('where no installation can be asked for its repositories, that is said', async () => {
  const app = await installedTwice([1, 2]);
  await expect(app.repositories()).rejects.toMatchObject({ kind: 'forbidden' });
});
