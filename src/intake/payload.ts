import { z } from 'zod';
import type * as Ours from './event.ts';
import { installationActions, repositoryActions } from './event.ts';
import { anyTime, Comment, Issue, id, Person, Pull, Repo, RepoName, Review, sha, time } from './snapshots.ts';

const inInstallation = { installation: z.object({ id }), sender: Person };
const inRepo = { ...inInstallation, repository: Repo };
const label = z.object({ id, name: z.string() });
const App = z.object({ id }).nullish();

type Sent = { installation: { id: number }; sender: Ours.Person };
const installation = (sent: Sent) => ({ installationId: sent.installation.id, sender: sent.sender });
const repo = (sent: Sent & { repository: Ours.Repo }) => ({ ...installation(sent), repo: sent.repository });

const labelled = (type: 'issue-labeled' | 'issue-unlabeled') =>
  z
    .object({ ...inRepo, issue: Issue, label })
    .transform((sent): Ours.Event => ({ type, ...repo(sent), issue: sent.issue, label: sent.label }));
const issue = (type: 'issue-closed' | 'issue-reopened' | 'issue-transferred' | 'issue-deleted') =>
  z
    .object({ ...inRepo, issue: Issue })
    .transform((sent): Ours.Event => ({ type, ...repo(sent), issue: sent.issue }));
const pull = (type: 'pull-request-synchronized' | 'pull-request-reopened' | 'pull-request-dequeued') =>
  z
    .object({ ...inRepo, pull_request: Pull })
    .transform((sent): Ours.Event => ({ type, ...repo(sent), pull: sent.pull_request }));

const edited = z.object({ from: z.string() }).nullish();

/** By event and action; events without an action by their name alone. */
export const payloads: Record<string, z.ZodType<Ours.Event>> = {
  'issues.labeled': labelled('issue-labeled'),
  'issues.unlabeled': labelled('issue-unlabeled'),
  'issues.edited': z
    .object({ ...inRepo, issue: Issue, changes: z.object({ title: edited, body: edited }) })
    .transform((sent) => ({
      type: 'issue-edited',
      ...repo(sent),
      issue: sent.issue,
      changed: (['title', 'body'] as const).filter((field) => sent.changes[field]),
    })),
  'issues.closed': issue('issue-closed'),
  'issues.reopened': issue('issue-reopened'),
  'issues.transferred': issue('issue-transferred'),
  'issues.deleted': issue('issue-deleted'),
  'issue_comment.created': z
    .object({
      ...inRepo,
      issue: z.object({ pull_request: z.object({}).nullish() }).and(Issue),
      comment: Comment,
    })
    .transform(({ issue: { pull_request, ...issue }, ...sent }) => ({
      type: 'comment-created',
      ...repo(sent),
      issue: { ...issue, isPullRequest: Boolean(pull_request) },
      comment: sent.comment,
    })),
  'pull_request.closed': z
    .object({ ...inRepo, pull_request: z.object({ merged: z.boolean() }).and(Pull) })
    .transform(({ pull_request: { merged, ...pull }, ...sent }) => ({
      type: 'pull-request-closed',
      ...repo(sent),
      pull,
      merged,
    })),
  'pull_request.synchronize': pull('pull-request-synchronized'),
  'pull_request.reopened': pull('pull-request-reopened'),
  'pull_request.dequeued': pull('pull-request-dequeued'),
  'pull_request_review.submitted': z
    .object({ ...inRepo, pull_request: Pull, review: Review })
    .transform((sent) => ({
      type: 'review-submitted',
      ...repo(sent),
      pull: sent.pull_request,
      review: sent.review,
    })),
  push: z
    .object({
      ...inRepo,
      ref: z.string().min(1),
      before: sha,
      after: sha,
      repository: z.object({ pushed_at: anyTime.nullish() }).and(Repo),
    })
    .transform((sent) => {
      const { pushed_at, ...repository } = sent.repository;
      const { ref, before, after } = sent;
      return {
        type: 'pushed',
        ...repo({ ...sent, repository }),
        ref,
        before,
        after,
        pushedAt: pushed_at ?? undefined,
      };
    }),
  'check_run.completed': z
    .object({
      ...inRepo,
      check_run: z.object({
        id,
        head_sha: sha,
        name: z.string(),
        conclusion: z.string(),
        completed_at: time,
        app: App,
      }),
    })
    .transform(({ check_run: run, ...sent }) => ({
      type: 'check-completed',
      ...repo(sent),
      of: 'check_run',
      check: {
        id: run.id,
        head: run.head_sha,
        name: run.name,
        conclusion: run.conclusion,
        appId: run.app?.id,
        completedAt: run.completed_at,
      },
    })),
  'check_suite.completed': z
    .object({
      ...inRepo,
      check_suite: z.object({
        id,
        head_sha: sha,
        conclusion: z.string().nullish(),
        updated_at: time,
        app: z.object({ id, name: z.string() }).nullish(),
      }),
    })
    .transform(({ check_suite: suite, ...sent }) => ({
      type: 'check-completed',
      ...repo(sent),
      of: 'check_suite',
      check: {
        id: suite.id,
        head: suite.head_sha,
        name: suite.app?.name ?? '',
        // A suite that never got a run completes without one.
        conclusion: suite.conclusion ?? 'neutral',
        appId: suite.app?.id,
        completedAt: suite.updated_at,
      },
    })),
  status: z
    .object({ ...inRepo, id, sha, context: z.string(), state: z.string(), updated_at: time })
    .transform((sent) => ({
      type: 'check-completed',
      ...repo(sent),
      of: 'status',
      check: {
        id: sent.id,
        head: sent.sha,
        name: sent.context,
        conclusion: sent.state,
        appId: undefined,
        completedAt: sent.updated_at,
      },
    })),
  ...Object.fromEntries(
    repositoryActions.map((action) => [
      `repository.${action}`,
      z
        .object(inRepo)
        .transform((sent): Ours.Event => ({ type: 'repository-changed', ...repo(sent), action })),
    ]),
  ),
  ...Object.fromEntries(
    installationActions.map((action) => [
      `installation.${action}`,
      z.object({ sender: Person, installation: z.object({ id, updated_at: anyTime }) }).transform(
        (sent): Ours.Event => ({
          type: 'installation-changed',
          ...installation(sent),
          action,
          updatedAt: sent.installation.updated_at,
        }),
      ),
    ]),
  ),
  ...Object.fromEntries(
    ['added', 'removed'].map((action) => [
      `installation_repositories.${action}`,
      z
        .object({
          ...inInstallation,
          repositories_added: z.array(RepoName).default([]),
          repositories_removed: z.array(RepoName).default([]),
        })
        .transform(
          (sent): Ours.Event => ({
            type: 'installation-repositories',
            ...installation(sent),
            added: sent.repositories_added,
            removed: sent.repositories_removed,
          }),
        ),
    ]),
  ),
};
