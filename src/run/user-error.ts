/**
 * An error whose words are meant for a person: what happened, why, and what to do next.
 * Anything that is not a UserError is a defect or an outage: logged once with its cause at the root of the run.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** The next step for the reader, as an imperative sentence; shown after the message. */
  readonly next: string | undefined;

  constructor(message: string, options: { next?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.next = options.next;
  }
}
