import { GitHubError, type GitHubErrorKind } from '../github/github-error.ts';

const finalAnswers: readonly GitHubErrorKind[] = ['forbidden', 'not-found', 'gone', 'unprocessable'];

/** GitHub refused, and would again: on a locked issue, or because the thing is no more. Waiting changes nothing. */
export function isFinal(error: unknown): error is GitHubError {
  return error instanceof GitHubError && finalAnswers.includes(error.kind);
}
