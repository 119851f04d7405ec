import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { classify } from '../../src/github/github-error.ts';
import { tokenOctokit } from '../../src/github/octokit.ts';

test.each([
  [403, 'You have exceeded a secondary rate limit. Please wait a few minutes.', 'rate-limited'],
  [429, 'Too many requests', 'rate-limited'],
  [403, 'Resource not accessible by integration', 'forbidden'],
])('%i "%s" without a word of when to ask again: %s', async (status, message, kind) => {
  const headers = { 'content-type': 'application/json', 'x-ratelimit-remaining': '4312' };
  const server = createServer((_, response) =>
    response.writeHead(status, headers).end(JSON.stringify({ message })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const octokit = tokenOctokit({ baseUrl, token: 't', requestMs: 10_000 });
  const error = await octokit.request('POST /repos/o/r/issues/1/comments').catch((reason: unknown) => reason);
  expect(classify(error, 0)).toMatchObject({ kind, status, retryAfterMs: undefined });
});
