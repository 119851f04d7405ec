import { z } from 'zod';
import {
  Contract,
  Interface,
  Plan,
  PostMortem,
  ReviewVerdict,
  SealedTest,
  SpecReview,
} from '../run/artifacts.ts';

/** What the model of each role returns. Programs make the artifacts of src/run/artifacts.ts out of it. */
export const SpecAnswer = z.object({
  interface: Interface,
  contracts: z.array(Contract).min(1).max(30),
  plan: Plan,
  openQuestions: z
    .array(z.string().trim().min(1).max(500))
    .max(5)
    .describe(
      'only what would lead to a different product and cannot be read off the issue or the repository',
    ),
});
export type SpecAnswer = z.infer<typeof SpecAnswer>;

export const PostMortemAnswer = PostMortem;
export type PostMortemAnswer = z.infer<typeof PostMortemAnswer>;

export const SpecReviewAnswer = SpecReview;
export type SpecReviewAnswer = z.infer<typeof SpecReviewAnswer>;

export const TestsAnswer = z.object({
  content: z.string().min(1).max(200_000).describe('the whole test file'),
  tests: z.array(SealedTest).min(1).max(200),
});
export type TestsAnswer = z.infer<typeof TestsAnswer>;

const line = z.string().trim().min(1).max(500);
export const BuildAnswer = z.object({
  summary: z.string().trim().min(1).max(4000).describe('what changed and why, for the pull request'),
  done: z.array(line).max(30),
  notDone: z.array(line).max(30),
});
export type BuildAnswer = z.infer<typeof BuildAnswer>;

export const ReviewAnswer = ReviewVerdict;
export type ReviewAnswer = z.infer<typeof ReviewAnswer>;
