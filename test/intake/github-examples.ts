import examples from '@octokit/webhooks-examples';

export interface Example {
  name: string;
  /** Of all actions of the event. */
  examples: (Record<string, unknown> & { action?: string })[];
}
/** GitHub's own examples of every event. */
export const githubExamples = examples as unknown as Example[];
