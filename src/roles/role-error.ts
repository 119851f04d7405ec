import type { Cost } from '../run/facts.ts';
import { UserError } from '../run/user-error.ts';

/** Why a call ended without an answer. The words are for people; `kind` is for programs. */
export abstract class RoleError extends UserError {
  abstract readonly kind: 'answer' | 'fault' | 'budget' | 'stopped';
  /** What the call cost until then; set when the error leaves this room. */
  cost: Cost = { ms: 0, usd: 0 };
}

/** The model answered, but not with something that can be used. Asking once more may help, waiting will not. */
export class AnswerError extends RoleError {
  readonly kind = 'answer';
}

/** The model service did not answer: rate limit, overload, cut streams, a refused key. */
export class ModelFaultError extends RoleError {
  readonly kind = 'fault';
}

/** The call used up its turns, money or time. */
export class BudgetError extends RoleError {
  readonly kind = 'budget';
}

/** What is left of the money that the call may cost does not pay for another answer. */
export class MoneyError extends BudgetError {}

/** Nobody needs the call any more, for the reason in `cause`; what it has cost is spent all the same. */
export class StoppedError extends RoleError {
  readonly kind = 'stopped';
}

/** The reason of a signal that ends calls which the next life takes up where they were: nothing is lost. */
export class ServerStops extends Error {}
