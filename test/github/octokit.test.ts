import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { classify } from '../../src/github/github-error.ts';
import { tokenOctokit } from '../../src/github/octokit.ts';

/** A server whose answers break off in the middle, or never come. */
async function brokenServer(): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/issues/1')) return;
    const whole = JSON.stringify({ id: 1, body: 'words' });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
    response.write(whole.slice(0, 9), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.for([
  ['silence', '/repos/o/r/issues/1', 50, 'No answer to GET'],
  ['an answer that breaks off', '/repos/o/r/issues/2', 10_000, 'No answer to GET'],
] as const)('%s is no answer', async ([, path, requestMs, words]) => {
  const octokit = tokenOctokit({ baseUrl: await brokenServer(), token: 't', requestMs });
  const error = classify(await octokit.request(`GET ${path}`).catch((reason: unknown) => reason), 0);
  expect(error).toMatchObject({ kind: 'network', status: null, isLost: true });
  expect((error as Error).message).toContain(words);
});
