import type { ProbotOctokit } from 'probot';
import { createAccess } from './access.ts';
import { branchesOf } from './branches.ts';
import { checkRunsOf } from './check-runs.ts';
import { commentsOf } from './comments.ts';
import { callsOf, type Door } from './door.ts';
import { classify } from './github-error.ts';
import { issueEdits } from './issue-edits.ts';
import { closeIssue, issueOf, labelsOf, ownIssuesOf } from './issues.ts';
import { createLimits, type Limits } from './limits.ts';
import { mergeOf } from './merge.ts';
import { mergeQueueOf } from './merge-queue.ts';
import { newsOf } from './news.ts';
import { checksOnCommit } from './others-checks.ts';
import { createOwnerFiles } from './owner-files.ts';
import { gitHubPace, type Pace } from './pace.ts';
import { roleIn } from './people.ts';
import { pullRequestsOf } from './pull-requests.ts';
import { reactionsOf } from './reactions.ts';
import { signedCommitsOf } from './signed-commits.ts';
import { spokenOf } from './spoken.ts';
import { surroundingsOf } from './surroundings.ts';
import type { GitHub, Repository, RepositoryRef } from './types.ts';

export interface GitHubOptions {
  /** The client that signs as the app, as `probot.auth()` gives it. */
  app: () => Promise<ProbotOctokit>;
  /** Default: what GitHub asks of apps. */
  pace?: Pace;
  /** Called when a write is about to leave, however long it had to wait for that; must not return when it may not. */
  mayWrite?: () => void;
}

export function createGitHub({ app, pace = gitHubPace, mayWrite = () => {} }: GitHubOptions): GitHub {
  const limits = new Map<number, Limits>();
  const limitsOf = ({ installationId }: RepositoryRef): Limits => {
    const known = limits.get(installationId) ?? createLimits(pace);
    limits.set(installationId, known);
    return known;
  };
  const access = createAccess(app, pace.requestMs, limitsOf, mayWrite);
  const calls = (ref: RepositoryRef, signal?: AbortSignal) =>
    callsOf(access.attempt(ref), limitsOf(ref), pace, signal);
  let slug: Promise<string> | undefined;
  const appSlug = (): Promise<string> => {
    slug ??= readSlug(app).catch((error: unknown) => {
      slug = undefined;
      throw classify(error, Date.now());
    });
    return slug;
  };

  const ownerFiles = createOwnerFiles({
    sibling: (ref, name) => calls(ref).ask(() => access.sibling(ref, name)),
    read: (ref) => calls(ref).read,
  });
  const repository = (ref: RepositoryRef, signal?: AbortSignal): Repository => {
    const { ask, ...sent } = calls(ref, signal);
    const door: Door = {
      ...sent,
      place: { owner: ref.owner, repo: ref.name },
      appSlug,
      lagMs: pace.lagMs,
    };
    return {
      ref,
      lagMs: pace.lagMs,
      ...branchesOf(door),
      ownerFile: (path) => ownerFiles.read(ref, path),
      news: (request) => newsOf(door, { ...request, installationId: ref.installationId }, ref.id),
      spoken: (request) => spokenOf(door, { ...request, installationId: ref.installationId }, ref.id),
      roleOf: (login) => roleIn(door, login),
      issue: (number) => issueOf(door, number),
      issueEdits: (number) => issueEdits(door, number),
      closeIssue: (number, reason) => closeIssue(door, number, reason),
      around: surroundingsOf(door),
      granted: () => ask(() => access.granted(ref)),
      ownIssues: ownIssuesOf(door),
      labels: labelsOf(door),
      reactions: reactionsOf(door),
      comments: commentsOf(door),
      pullRequests: pullRequestsOf(door),
      checkRuns: checkRunsOf(door),
      checksOn: (sha) => checksOnCommit(door, sha),
      merge: mergeOf(door),
      mergeQueue: mergeQueueOf(door),
      signedCommits: signedCommitsOf(door),
      roomForEdit: (until) => limitsOf(ref).roomForEdit(until),
      gitAuth: async (level) => {
        if (level === 'write') mayWrite();
        const token = await ask(() => access.token(ref, { contents: level }));
        // git does not ask again: who has this token can push.
        if (level === 'write') mayWrite();
        return { username: 'x-access-token', token };
      },
    };
  };
  return { repository, appSlug, lagMs: pace.lagMs };
}

async function readSlug(app: () => Promise<ProbotOctokit>): Promise<string> {
  const { data } = await (await app()).rest.apps.getAuthenticated();
  if (!data?.slug) throw new Error('GitHub names no slug for this app.');
  return data.slug;
}
