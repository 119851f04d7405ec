import { notFound } from './errors.ts';
import { createComment, editComment, react } from './issue-actions.ts';
import { deleteComment } from './issue-life.ts';
import {
  type ApiAnswer,
  created,
  issueOf,
  issueOrPullRead,
  issueOrPullWrite,
  list,
  ok,
  onRepository,
  type RepoCall,
  type Routes,
} from './route.ts';
import { reactionJson } from './shapes-accounts.ts';
import { commentJson } from './shapes-issues.ts';
import type { Comment, Reaction, ReactionContent } from './world.ts';

function commentOf(call: RepoCall, level: 'read' | 'write'): Comment {
  const comment = call.repo.comments.get(Number(call.params.comment_id));
  if (!comment) throw notFound();
  if (!call.repo.issues.get(comment.issueNumber)?.pull) call.demand(`issues:${level}`);
  return comment;
}

function addReaction(call: RepoCall, reactions: Reaction[]): ApiAnswer {
  const { content } = call.body as { content: ReactionContent };
  const { reaction, created: isNew } = react(call.host, call.actor, reactions, content);
  return { status: isNew ? 201 : 200, body: reactionJson(call.host, reaction) };
}

function listReactions(call: RepoCall, reactions: readonly Reaction[]): Promise<ApiAnswer> {
  const { content } = call.query;
  const wanted = reactions.filter((reaction) => content === undefined || reaction.content === content);
  return list(call, wanted, (reaction) => reactionJson(call.host, reaction));
}

function removeReaction(call: RepoCall, reactions: Reaction[]): ApiAnswer {
  const at = reactions.findIndex(
    (one) => one.id === Number(call.params.reaction_id) && one.user.id === call.actor.account.id,
  );
  if (at < 0) throw notFound();
  reactions.splice(at, 1);
  return { status: 204 };
}

function bodyText(call: RepoCall): string {
  return (call.body as { body: string }).body;
}

function sinceAsked(call: RepoCall): (comment: Comment) => boolean {
  const { since } = call.query;
  return (comment) => since === undefined || comment.updatedAt >= new Date(String(since));
}

export const commentRoutes: Routes = {
  'issues/list-comments': onRepository(issueOrPullRead, (call) => {
    const comments = issueOf(call, 'read').comments.filter(sinceAsked(call));
    return list(call, comments, (comment) => commentJson(call.host, call.repo, comment));
  }),
  'issues/create-comment': onRepository(issueOrPullWrite, (call) => {
    const comment = createComment(call.host, call.repo, call.actor, issueOf(call, 'write'), bodyText(call));
    return created(commentJson(call.host, call.repo, comment));
  }),
  'issues/get-comment': onRepository(issueOrPullRead, (call) =>
    ok(commentJson(call.host, call.repo, commentOf(call, 'read'))),
  ),
  'issues/update-comment': onRepository(issueOrPullWrite, (call) => {
    const comment = commentOf(call, 'write');
    editComment(call.host, call.repo, call.actor, comment, bodyText(call));
    return ok(commentJson(call.host, call.repo, comment));
  }),
  'issues/delete-comment': onRepository(issueOrPullWrite, (call) => {
    deleteComment(call.host, call.repo, call.actor, commentOf(call, 'write'));
    return { status: 204 };
  }),
  'issues/list-comments-for-repo': onRepository(issueOrPullRead, (call) => {
    const { sort = 'created', direction = 'asc' } = call.query;
    const key = (one: Comment) => (sort === 'updated' ? one.updatedAt : one.createdAt).getTime();
    const rising = [...call.repo.comments.values()]
      .filter(sinceAsked(call))
      .sort((a, b) => key(a) - key(b) || a.id - b.id);
    const asked = direction === 'desc' ? rising.reverse() : rising;
    return list(call, asked, (comment) => commentJson(call.host, call.repo, comment));
  }),
  'reactions/list-for-issue': onRepository(issueOrPullRead, (call) =>
    listReactions(call, issueOf(call, 'read').reactions),
  ),
  'reactions/create-for-issue': onRepository(issueOrPullWrite, (call) =>
    addReaction(call, issueOf(call, 'write').reactions),
  ),
  'reactions/delete-for-issue': onRepository(issueOrPullWrite, (call) =>
    removeReaction(call, issueOf(call, 'write').reactions),
  ),
  'reactions/list-for-issue-comment': onRepository(issueOrPullRead, (call) =>
    listReactions(call, commentOf(call, 'read').reactions),
  ),
  'reactions/create-for-issue-comment': onRepository(issueOrPullWrite, (call) =>
    addReaction(call, commentOf(call, 'write').reactions),
  ),
  'reactions/delete-for-issue-comment': onRepository(issueOrPullWrite, (call) =>
    removeReaction(call, commentOf(call, 'write').reactions),
  ),
};
