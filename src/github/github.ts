import type { ProbotOctokit } from 'probot';
import { createAccess, type Door } from './access.ts';
import { branchesOf } from './branches.ts';
import { checkRunsOf } from './check-runs.ts';
import { commentsOf } from './comments.ts';
import { classify } from './github-error.ts';
import { closeIssue, issueOf, labelsOf, ownIssuesOf } from './issues.ts';
import { mergeOf } from './merge.ts';
import { newsOf } from './news.ts';
import { checksOnCommit } from './others-checks.ts';
import { createOwnerFiles } from './owner-files.ts';
import { roleIn } from './people.ts';
import { pullRequestsOf } from './pull-requests.ts';
import { reactionsOf } from './reactions.ts';
import { surroundingsOf } from './surroundings.ts';
import type { GitHub, Repository, RepositoryRef } from './types.ts';

/** `app`: the client that signs as the app, as `probot.auth()` gives it. */
export function createGitHub({ app }: { app: () => Promise<ProbotOctokit> }): GitHub {
  const access = createAccess(app);
  let slug: Promise<string> | undefined;
  const appSlug = (): Promise<string> => {
    slug ??= readSlug(app).catch((error: unknown) => {
      slug = undefined;
      throw classify(error, Date.now());
    });
    return slug;
  };

  const ownerFiles = createOwnerFiles(access);
  const repository = (ref: RepositoryRef): Repository => {
    const door: Door = { call: access.caller(ref), place: { owner: ref.owner, repo: ref.name }, appSlug };
    return {
      ref,
      ...branchesOf(door),
      ownerFile: (path) => ownerFiles.read(ref, path),
      news: (request) => newsOf(door, { ...request, installationId: ref.installationId }),
      roleOf: (login) => roleIn(door, login),
      issue: (number) => issueOf(door, number),
      closeIssue: (number, reason) => closeIssue(door, number, reason),
      around: surroundingsOf(door),
      granted: () => access.granted(ref),
      ownIssues: ownIssuesOf(door),
      labels: labelsOf(door),
      reactions: reactionsOf(door),
      comments: commentsOf(door),
      pullRequests: pullRequestsOf(door),
      checkRuns: checkRunsOf(door),
      checksOn: (sha) => checksOnCommit(door, sha),
      merge: mergeOf(door),
      gitAuth: async (level) => ({
        username: 'x-access-token',
        token: await access.token(ref, { contents: level }),
      }),
    };
  };
  return { repository, appSlug };
}

async function readSlug(app: () => Promise<ProbotOctokit>): Promise<string> {
  const { data } = await (await app()).rest.apps.getAuthenticated();
  if (!data?.slug) throw new Error('GitHub names no slug for this app.');
  return data.slug;
}
