import { expect, test } from 'vitest';
import { asInstallation, at, startGitHub, startReceiver } from './bench.ts';

/** A pull request by the app that changes one line of src/index.js. */
async function withPull(options: { draft?: boolean; owners?: string } = {}) {
  const world = await startGitHub();
  const { github, ann } = world;
  github.setRole({ owner: 'acme', name: 'lib' }, 'amy', 'admin');
  const amy = github.as('amy', { owner: 'acme', name: 'lib' });
  if (options.owners !== undefined) {
    await amy.push({ branch: 'main', files: { '.github/CODEOWNERS': options.owners }, message: 'owners' });
  }
  const { sha: head } = await ann.push({
    branch: 'x',
    files: { 'src/index.js': 'export const one = 1;\nexport const two = 2;\n' },
    message: 'two',
  });
  const kit = await asInstallation(github);
  const app = await startReceiver();
  github.setWebhookTarget(app.url);
  const { draft = false } = options;
  const { data } = await kit.rest.pulls.create({ ...at, title: 'Two', head: 'x', base: 'main', draft });
  const place = { ...at, pull_number: data.number };
  return { ...world, amy, kit, app, head, number: data.number, place };
}

test('a review with comments on lines is sent and listed as GitHub does', async () => {
  const { github, ann, kit, app, head, number, place } = await withPull();
  const { id } = await ann.review(number, {
    state: 'request_changes',
    body: 'Not yet.',
    comments: [{ path: 'src/index.js', line: 2, body: 'Why two?' }],
  });
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'pull_request.opened',
    'pull_request_review.submitted',
    'pull_request_review_comment.created',
  ]);
  expect(JSON.parse(app.received[1]!.body)).toMatchObject({
    review: { id, state: 'changes_requested', body: 'Not yet.', commit_id: head, user: { login: 'ann' } },
    pull_request: { number },
    sender: { login: 'ann' },
  });
  expect(JSON.parse(app.received[2]!.body).comment).toMatchObject({
    pull_request_review_id: id,
    path: 'src/index.js',
    line: 2,
    side: 'RIGHT',
    position: 2,
    diff_hunk: '@@ -1 +1,2 @@\n export const one = 1;\n+export const two = 2;',
    body: 'Why two?',
  });
  const reviews = await kit.rest.pulls.listReviews(place);
  expect(reviews.data).toMatchObject([{ id, state: 'CHANGES_REQUESTED', body: 'Not yet.', commit_id: head }]);
  const [comment] = (await kit.rest.pulls.listReviewComments(place)).data;
  expect(comment).toMatchObject({ line: 2, original_commit_id: head });
  const reply = await kit.rest.pulls.createReplyForReviewComment({
    ...place,
    comment_id: comment!.id,
    body: 'Because.',
  });
  expect(reply.data).toMatchObject({ in_reply_to_id: comment!.id, line: 2 });
  const ofReview = await kit.rest.pulls.listCommentsForReview({ ...place, review_id: id });
  expect(ofReview.data).toMatchObject([{ path: 'src/index.js', line: 2, body: 'Why two?' }]);
  expect(github.violations()).toEqual([]);
});

test('the app cannot approve its own pull request, a person can; a review takes the request away', async () => {
  const { github, ann, tim, kit, number, place } = await withPull();
  const approve = kit.rest.pulls.createReview({ ...place, event: 'APPROVE' });
  await expect(approve).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: ['Can not approve your own pull request'] } },
  });
  await kit.rest.pulls.createReview({ ...place, event: 'COMMENT', body: 'Have a look.' });
  await kit.rest.pulls.requestReviewers({ ...place, reviewers: ['ann', 'tim'] });
  await kit.rest.pulls.removeRequestedReviewers({ ...place, reviewers: ['tim'] });
  const asked = async () => (await kit.rest.pulls.listRequestedReviewers(place)).data.users;
  expect(await asked()).toMatchObject([{ login: 'ann' }]);
  await ann.review(number, { state: 'approve' });
  expect(await asked()).toEqual([]);
  await expect(tim.review(number, { state: 'comment' })).rejects.toThrow('Unprocessable Entity');
  const states = (await kit.rest.pulls.listReviews(place)).data.map(({ state, user }) => [
    user?.login,
    state,
  ]);
  expect(states).toEqual([
    ['auto-build[bot]', 'COMMENTED'],
    ['ann', 'APPROVED'],
  ]);
  expect(github.violations()).toEqual([]);
});

test('a comment has to be on a line of the diff', async () => {
  const { ann, number } = await withPull();
  const on = (path: string, line: number) =>
    ann.review(number, { state: 'comment', comments: [{ path, line, body: 'x' }] });
  await expect(on('src/index.js', 9)).rejects.toMatchObject({ errors: ['Line could not be resolved'] });
  await expect(on('README.md', 1)).rejects.toMatchObject({ errors: ['Path could not be resolved'] });
});

test('where the rules say so, a push dismisses approvals', async () => {
  const { github, ann, amy, kit, app, number, place } = await withPull();
  github.repository({ owner: 'acme', name: 'lib' }).setRules('main', { approvals: 1, dismissStale: true });
  const { id } = await amy.review(number, { state: 'approve' });
  await ann.push({ branch: 'x', files: { y: 'y' }, message: 'y' });
  expect((await kit.rest.pulls.getReview({ ...place, review_id: id })).data.state).toBe('DISMISSED');
  await github.webhooksIdle();
  expect(app.names().slice(-3)).toEqual([
    'push',
    'pull_request.synchronize',
    'pull_request_review.dismissed',
  ]);
  const again = await amy.review(number, { state: 'approve' });
  await amy.dismissReview(number, again.id, 'Changed my mind.');
  expect(github.violations()).toEqual([]);
});

test('owners of the changed files are asked by GitHub, once the pull request is no draft', async () => {
  const owners = '* @amy\n/src/ @ann @nobody # the code\ndocs/*.md @tim\n';
  const { github, ann, kit, app, number, place } = await withPull({ draft: true, owners });
  const asked = async () =>
    (await kit.rest.pulls.listRequestedReviewers(place)).data.users.map(({ login }) => login);
  expect(await asked()).toEqual([]);
  await ann.markReady(number);
  expect(await asked()).toEqual(['ann']);
  await github.webhooksIdle();
  expect(app.names()).toEqual([
    'pull_request.opened',
    'pull_request.ready_for_review',
    'pull_request.review_requested',
  ]);
  await ann.push({ branch: 'x', files: { 'README.md': '# new\n' }, message: 'readme' });
  expect(await asked()).toEqual(['ann', 'amy']);
  expect(github.violations()).toEqual([]);
});

test('teams and authors cannot be asked', async () => {
  const { ann, kit, place } = await withPull();
  const team = kit.rest.pulls.requestReviewers({ ...place, team_reviewers: ['core'] });
  await expect(team).rejects.toMatchObject({ status: 422, message: /not a collaborator/ });
  await ann.push({ branch: 'y', files: { y: 'y' }, message: 'y' });
  const mine = await ann.createPullRequest({ title: 'Y', head: 'y' });
  const author = kit.rest.pulls.requestReviewers({ ...at, pull_number: mine.number, reviewers: ['ann'] });
  await expect(author).rejects.toMatchObject({
    status: 422,
    message: /Review cannot be requested from pull request author/,
  });
});
