import { expect, test } from 'vitest';
import { asInstallation, at, startGitHub, startReceiver } from './bench.ts';

test('comments come in pages with links', async () => {
  const { github, ann } = await startGitHub();
  const kit = await asInstallation(github);
  const { number } = await ann.createIssue({ title: 'Long talk' });
  for (let n = 1; n <= 5; n++) await ann.comment(number, `comment ${n}`);
  const asked = { ...at, issue_number: number, per_page: 2 };
  const second = await kit.rest.issues.listComments({ ...asked, page: 2 });
  expect(second.data.map((comment) => comment.body)).toEqual(['comment 3', 'comment 4']);
  const rels = [...(second.headers.link ?? '').matchAll(/[?&]page=(\d)>; rel="(\w+)"/g)].map(
    ([, page, rel]) => [rel, page],
  );
  expect(Object.fromEntries(rels)).toEqual({ prev: '1', next: '3', last: '3', first: '1' });
  expect(await kit.paginate(kit.rest.issues.listComments, asked)).toHaveLength(5);
});

test('the same reaction twice is one reaction: 201, then 200', async () => {
  const { github, ann } = await startGitHub();
  const kit = await asInstallation(github);
  const { number } = await ann.createIssue({ title: 'One' });
  const { id } = await ann.comment(number, '/approve');
  const onIssue = () => kit.rest.reactions.createForIssue({ ...at, issue_number: number, content: 'eyes' });
  const onComment = () => kit.rest.reactions.createForIssueComment({ ...at, comment_id: id, content: '+1' });
  for (const react of [onIssue, onComment]) {
    const [first, second] = [await react(), await react()];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.data.id).toBe(first.data.id);
  }
  const { issues } = (await github.snapshot()).repositories[0]!;
  expect(issues[0]).toMatchObject({
    reactions: { eyes: ['auto-build[bot]'] },
    comments: [{ reactions: { '+1': ['auto-build[bot]'] } }],
  });
  expect(github.violations()).toEqual([]);
});

test('what people do is sent with what it was before', async () => {
  const { github, ann, tim } = await startGitHub();
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const { number } = await ann.createIssue({ title: 'One', body: 'old' });
  await tim.addLabel(number, 'auto-build');
  await tim.addLabel(number, 'auto-build');
  await ann.editIssue(number, { body: 'new' });
  const { id } = await ann.comment(number, 'hello');
  await ann.editComment(id, 'hello!');
  await tim.removeLabel(number, 'auto-build');
  await tim.closeIssue(number, 'not_planned');
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'issues.opened',
    'issues.labeled',
    'issues.edited',
    'issue_comment.created',
    'issue_comment.edited',
    'issues.unlabeled',
    'issues.closed',
  ]);
  expect(JSON.parse(app.received[1]!.body)).toMatchObject({
    label: { name: 'auto-build' },
    issue: { number, body: 'old', labels: [{ name: 'auto-build' }] },
    sender: { login: 'tim', type: 'User' },
    repository: { full_name: 'acme/lib' },
    installation: { id: expect.any(Number) },
  });
  expect(JSON.parse(app.received[2]!.body)).toMatchObject({
    changes: { body: { from: 'old' } },
    issue: { body: 'new' },
  });
  expect(JSON.parse(app.received[6]!.body)).toMatchObject({ issue: { state_reason: 'not_planned' } });
  expect(github.violations()).toEqual([]);
});

test('labelling a pull request is sent as both kinds of event', async () => {
  const { github, ann } = await startGitHub();
  await ann.push({ branch: 'x', files: { x: 'x' }, message: 'x' });
  const { number } = await ann.createPullRequest({ title: 'X', head: 'x' });
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  await ann.addLabel(number, 'bug');
  await github.webhooksIdle();
  expect(app.names().sort()).toEqual(['issues.labeled', 'pull_request.labeled']);
  expect(github.violations()).toEqual([]);
});

test('roles limit people, and are told in both vocabularies', async () => {
  const { github, rob, tim } = await startGitHub({}, { private: true });
  const kit = await asInstallation(github);
  const { number } = await rob.createIssue({ title: 'One' });
  await expect(rob.addLabel(number, 'auto-build')).rejects.toThrow(
    'rob cannot label: role read, needs triage',
  );
  await expect(tim.push({ branch: 'x', files: {}, message: 'x' })).rejects.toThrow('needs write');
  github.setRole({ owner: 'acme', name: 'lib' }, 'mia', 'maintain');
  github.addUser({ login: 'eve' });
  const words = async (username: string) => {
    const { data } = await kit.rest.repos.getCollaboratorPermissionLevel({ ...at, username });
    return [data.permission, data.role_name];
  };
  expect(await words('acme')).toEqual(['admin', 'admin']);
  expect(await words('mia')).toEqual(['write', 'maintain']);
  expect(await words('ann')).toEqual(['write', 'write']);
  expect(await words('tim')).toEqual(['read', 'triage']);
  expect(await words('eve')).toEqual(['none', 'none']);
  await expect(words('nobody')).rejects.toMatchObject({ status: 404 });
});

test('issues are listed by state and label, pull requests among them', async () => {
  const { github, ann } = await startGitHub();
  const kit = await asInstallation(github);
  await ann.createIssue({ title: 'One', labels: ['bug'] });
  const two = await ann.createIssue({ title: 'Two', labels: ['Bug', 'auto-build'] });
  await ann.closeIssue(two.number);
  await ann.push({ branch: 'x', files: { x: 'x' }, message: 'x' });
  await ann.createPullRequest({ title: 'Three', head: 'x' });
  const titles = async (asked: object) =>
    (await kit.rest.issues.listForRepo({ ...at, ...asked })).data.map((one) => one.title);
  expect(await titles({})).toEqual(['Three', 'One']);
  expect(await titles({ state: 'all', labels: 'bug' })).toEqual(['Two', 'One']);
  expect(await titles({ state: 'closed' })).toEqual(['Two']);
  expect(github.violations()).toEqual([]);
});

test('the events of an issue say who labelled it, and those of a pull request what became of it', async () => {
  const { github, ann, tim } = await startGitHub();
  const kit = await asInstallation(github);
  const issue = await ann.createIssue({ title: 'One' });
  await tim.addLabel(issue.number, 'auto-build');
  await ann.editIssue(issue.number, { title: 'Two' });
  await ann.closeIssue(issue.number);
  await ann.reopenIssue(issue.number);
  await ann.push({ branch: 'x', files: { x: 'x' }, message: 'x' });
  const pull = await ann.createPullRequest({ title: 'X', head: 'x' });
  await kit.rest.pulls.requestReviewers({ ...at, pull_number: pull.number, reviewers: ['tim'] });
  await ann.mergePullRequest(pull.number);
  await ann.deleteBranch('x');
  const events = async (issue_number: number) => {
    const { data } = await kit.rest.issues.listEvents({ ...at, issue_number });
    return data.map(({ event, actor }) => [event, actor?.login]);
  };
  expect(await events(issue.number)).toEqual([
    ['labeled', 'tim'],
    ['renamed', 'ann'],
    ['closed', 'ann'],
    ['reopened', 'ann'],
  ]);
  expect(await events(pull.number)).toEqual([
    ['review_requested', 'auto-build[bot]'],
    ['merged', 'ann'],
    ['closed', 'ann'],
    ['head_ref_deleted', 'ann'],
  ]);
  const reopen = kit.rest.issues.update({ ...at, issue_number: pull.number, state: 'open' });
  await expect(reopen).rejects.toMatchObject({ status: 422 });
  expect(github.violations()).toEqual([]);
});
