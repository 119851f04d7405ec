import { z } from 'zod';

/** The vocabulary that steps and expectations share. */

export const text = z.string().min(1);
export const login = z
  .string()
  .regex(
    /^[a-z\d](?:-?[a-z\d]){0,38}(?:\[bot\])?$/i,
    'a GitHub login: letters, digits and single hyphens, 39 characters; of an app with [bot] behind it',
  );
export const filePath = z
  .string()
  .regex(
    /^(?!\/)(?!.*(?:^|\/)(?:\.\.?|\.git)(?:\/|$))[^\\\0]+$/,
    'a path inside the repository, with forward slashes',
  );

export const roleNames = ['admin', 'maintain', 'write', 'triage', 'read'] as const;
export const runStates = [
  'created',
  'running',
  'waiting_approval',
  'waiting_external',
  'succeeded',
  'failed',
  'canceled',
] as const;
export const outcomes = [
  'merged',
  'handed_over',
  'rejected',
  'infeasible',
  'duplicate',
  'closed',
  'canceled',
] as const;
export const routes = ['merge', 'review', 'needs-work', 'reject'] as const;
export const conclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
] as const;
