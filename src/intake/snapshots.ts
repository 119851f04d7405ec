import { z } from 'zod';
import type * as Ours from './event.ts';

/** The things in GitHub's payloads, as far as we read them, turned into our own shapes. */
export const id = z.int().nonnegative();
export const sha = z.string().regex(/^[0-9a-f]{40,64}$/, 'a commit id');
export const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
/** Push payloads and installations have seconds where others have ISO texts. */
export const anyTime = z.union([time, z.int().transform((seconds) => seconds * 1000)]);

export const Person = z.object({ login: z.string().min(1), id, type: z.string().default('User') });
/** GitHub shows content of deleted accounts under this name. */
const ghost: Ours.Person = { login: 'ghost', id: 10137, type: 'User' };
const Author = Person.nullish().transform((person): Ours.Person => person ?? ghost);

export const Repo = z
  .object({
    id,
    name: z.string().min(1),
    owner: z.object({ login: z.string().min(1) }),
    default_branch: z.string(),
  })
  .transform(
    (repo): Ours.Repo => ({
      id: repo.id,
      owner: repo.owner.login,
      name: repo.name,
      defaultBranch: repo.default_branch,
    }),
  );

export const RepoName = z
  .object({ id, full_name: z.string().regex(/^[^/]+\/[^/]+$/, 'owner/name') })
  .transform(({ id, full_name }): Ours.RepoName => {
    const [owner, name] = full_name.split('/') as [string, string];
    return { id, owner, name };
  });

export const Issue = z
  .object({
    id,
    number: id,
    title: z.string(),
    body: z.string().nullish(),
    user: Author,
    html_url: z.string(),
    state: z.enum(['open', 'closed']),
    labels: z.array(z.object({ name: z.string() })).default([]),
    created_at: time,
    updated_at: time,
  })
  .transform(
    (issue): Ours.IssueSnapshot => ({
      id: issue.id,
      number: issue.number,
      title: issue.title,
      body: issue.body ?? '',
      author: issue.user,
      url: issue.html_url,
      state: issue.state,
      labels: issue.labels.map((label) => label.name),
      createdAt: issue.created_at,
      updatedAt: issue.updated_at,
    }),
  );

export const Pull = z
  .object({
    id,
    number: id,
    user: Author,
    head: z.object({ ref: z.string(), sha, repo: z.object({ id }).nullish() }),
    base: z.object({ ref: z.string(), sha }),
    updated_at: time,
  })
  .transform(
    (pull): Ours.PullSnapshot => ({
      id: pull.id,
      number: pull.number,
      author: pull.user,
      head: { ref: pull.head.ref, sha: pull.head.sha, repoId: pull.head.repo?.id },
      base: { ref: pull.base.ref, sha: pull.base.sha },
      updatedAt: pull.updated_at,
    }),
  );

export const Comment = z
  .object({ id, user: Author, author_association: z.string(), body: z.string().nullish(), created_at: time })
  .transform(
    (comment): Ours.Comment => ({
      id: comment.id,
      author: comment.user,
      association: comment.author_association,
      body: comment.body ?? '',
      createdAt: comment.created_at,
    }),
  );

export const Review = z
  .object({
    id,
    user: Author,
    commit_id: sha,
    // Lower case in webhooks, upper case in the REST answers that some tools replay.
    state: z
      .string()
      .toLowerCase()
      .pipe(z.enum(['approved', 'changes_requested', 'commented', 'dismissed'])),
    body: z.string().nullish(),
    submitted_at: time.nullish(),
  })
  .transform(
    (review): Ours.Review => ({
      id: review.id,
      author: review.user,
      head: review.commit_id,
      state: review.state,
      body: review.body ?? '',
      submittedAt: review.submitted_at ?? undefined,
    }),
  );
