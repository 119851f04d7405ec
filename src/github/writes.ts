/**
 * Every write that the app makes, why doing it again is harmless, and how soon its turn comes. Nothing else can write:
 * only `Door.write` hands out tokens that may.
 *
 * `again: 'here'`: GitHub makes it idempotent, so the door itself repeats it when an answer was lost.
 * `again: 'look'`: a second one would be a second thing. The effects ledger looks for it in the world before it is
 * repeated; outside of the ledger it is not repeated.
 *
 * Git pushes are not here: the server compares their lease, and they count against none of these limits.
 */
export const writes = {
  /** Bound to the head by `sha`; a second merge is refused. Found again by the state of the pull request. */
  merge: { turn: 'first', again: 'look' },
  /** Bound to the head; GitHub refuses what is in the queue already. Found again in the queue. */
  enqueue: { turn: 'first', again: 'look' },
  /** Bound to the tip of a branch of its own; found again there, by tree and parent. */
  'commit.create': { turn: 'first', again: 'look' },
  /** A branch that is made twice is refused; found again by its tip. */
  'branch.set': { turn: 'first', again: 'look' },
  /** What is gone stays gone. */
  'branch.delete': { turn: 'soon', again: 'here' },
  /** GitHub refuses a second one of a branch; found again by branch and marker. */
  'pull-request.create': { turn: 'first', again: 'look' },
  /** Sets title or body. */
  'pull-request.update': { turn: 'first', again: 'here' },
  /** Nothing happens to one that is ready. */
  'pull-request.ready': { turn: 'first', again: 'here' },
  /** Nothing happens to one that is closed. */
  'pull-request.close': { turn: 'soon', again: 'here' },
  /** Asking somebody who is asked already changes nothing. */
  'reviewers.request': { turn: 'soon', again: 'here' },
  /** Found again by its marker. */
  'issue.create': { turn: 'first', again: 'look' },
  /** Closing what is closed changes nothing but the reason. */
  'issue.close': { turn: 'soon', again: 'here' },
  /** Found again by its hidden marker. */
  'comment.create': { turn: 'soon', again: 'look' },
  /** Sets the body. Most of them are progress, which may wait. */
  'comment.update': { turn: 'last', again: 'here' },
  /** What is gone stays gone. */
  'comment.delete': { turn: 'soon', again: 'here' },
  /** Found again by its external id. */
  'check-run.create': { turn: 'soon', again: 'look' },
  /** Sets everything but annotations, which add up: how many are there is asked before each try. */
  'check-run.update': { turn: 'soon', again: 'here' },
  /** A label is on an issue or it is not. */
  'label.add': { turn: 'soon', again: 'here' },
  'label.remove': { turn: 'soon', again: 'here' },
  /** One of a kind per user. People wait for it: it says that they were heard. */
  'reaction.add': { turn: 'first', again: 'here' },
} as const satisfies Record<string, WriteRule>;

export type WriteKind = keyof typeof writes;

export interface WriteRule {
  turn: Turn;
  again: 'here' | 'look';
}

/** Most urgent first. */
export const turns = ['first', 'soon', 'last'] as const;
export type Turn = (typeof turns)[number];
