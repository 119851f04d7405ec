import { Webhooks } from '@octokit/webhooks';
import { expect, test } from 'vitest';
import { asApp, at, startGitHub, startReceiver, temporaryDir, webhookSecret } from './bench.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('payloads are signed so that Octokit takes them', async () => {
  const { github, ann } = await startGitHub();
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  await ann.createIssue({ title: 'Grüße 👋', body: 'x\u2028y' });
  await github.webhooksIdle();
  const [{ headers, body }] = app.received as [(typeof app.received)[0]];
  expect(headers['x-github-delivery']).toMatch(uuid);
  expect(headers['content-type']).toBe('application/json');
  const webhooks = new Webhooks({ secret: webhookSecret });
  expect(await webhooks.verify(body, String(headers['x-hub-signature-256']))).toBe(true);
  expect(await webhooks.verify(`${body} `, String(headers['x-hub-signature-256']))).toBe(false);
});

test('failed deliveries are kept, not repeated; a redelivery has a new id', async () => {
  const { github, ann } = await startGitHub();
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  app.answer.status = 500;
  await ann.createIssue({ title: 'One' });
  await github.webhooksIdle();
  await app.stop();
  await ann.createIssue({ title: 'Two' });
  await github.webhooksIdle();
  const [first, second] = github.deliveries() as [
    ReturnType<typeof github.deliveries>[0],
    ReturnType<typeof github.deliveries>[0],
  ];
  expect(github.deliveries()).toHaveLength(2);
  expect(first).toMatchObject({ statusCode: 500, event: 'issues', action: 'opened', redelivery: false });
  expect(second).toMatchObject({ statusCode: 0, status: 'failed to connect to host' });

  const back = await startReceiver();
  github.setWebhookTarget(back.url);
  const again = await github.redeliver(second.id);
  expect(again).toMatchObject({ statusCode: 202, redelivery: true, requestBody: second.requestBody });
  expect(again.guid).not.toBe(second.guid);
  expect(back.received[0]?.body).toBe(second.requestBody);
});

test('only subscribed events are sent, installations always', async () => {
  const { github, ann } = await startGitHub({ events: ['issue_comment'] });
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const { number } = await ann.createIssue({ title: 'One' });
  await ann.comment(number, 'hi');
  const folder = await temporaryDir();
  await github.createRepository({ owner: 'acme', name: 'two', source: { folder } });
  await github.createRepository({ owner: 'zoe', name: 'three', source: { folder } });
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'issue_comment.created',
    'installation_repositories.added',
    'installation.created',
  ]);
  expect((await asApp(github).rest.apps.listInstallations()).data).toHaveLength(2);
  expect((await asApp(github).rest.apps.getRepoInstallation(at)).data.account).toMatchObject({
    login: 'acme',
  });
  expect(github.violations()).toEqual([]);
});
