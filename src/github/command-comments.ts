/** What GitHub's lists tell of a comment, as far as it matters here. */
interface Listed {
  /** null: written by an account that is no more. */
  user: object | null;
  body?: string;
  created_at: string;
  updated_at: string;
}

/**
 * Comments that begin with a slash, as commands do, and say what their author wrote. Whoever may write can edit
 * comments of others, and a list tells neither who did nor what stood there: an edited comment asks for nothing.
 */
export function isCommand({ user, body, created_at, updated_at }: Listed): boolean {
  return user !== null && body?.trimStart().startsWith('/') === true && updated_at === created_at;
}
