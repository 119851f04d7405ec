import { z } from 'zod';
import type { Event } from './event.ts';
import { payloads } from './payload.ts';

/** `expected`: it is nothing that we act on. Otherwise GitHub sent what we did not foresee, and somebody should look. */
export interface Ignored {
  ignored: string;
  expected: boolean;
}

/** What is looked at before it is known which event it is. */
export const Envelope = z.object({
  action: z.string().optional(),
  installation: z.object({}).nullish(),
  issue: z.object({ pull_request: z.object({}).nullish() }).nullish(),
  deleted: z.boolean().optional(),
  state: z.string().optional(),
});

/**
 * Turns a verified webhook payload into an event, or says why it is none for us. Never throws.
 * @param name the X-GitHub-Event header
 */
export function parseEvent(name: string, payload: unknown): Event | Ignored {
  const envelope = Envelope.safeParse(payload);
  if (!envelope.success)
    return { ignored: `the payload does not fit: ${fault(envelope.error)}`, expected: false };
  const { action, installation, issue, state } = envelope.data;
  const known = [action === undefined ? undefined : `${name}.${action}`, name].find(
    (key) => key !== undefined && Object.hasOwn(payloads, key),
  );
  const what = action === undefined ? name : `${name}.${action}`;
  if (known === undefined) return { ignored: `nothing depends on ${what}`, expected: true };
  if (name === 'issues' && issue?.pull_request) {
    return { ignored: `${what} is about a pull request, not an issue`, expected: true };
  }
  if (name === 'status' && state === 'pending') {
    return { ignored: 'the status is still pending', expected: true };
  }
  if (!installation) {
    return {
      ignored: `${what} came without an installation, from a webhook that is not the app's`,
      expected: false,
    };
  }
  const event = payloads[known]!.safeParse(payload);
  if (event.success) return event.data;
  return { ignored: `the payload of ${what} does not fit: ${fault(event.error)}`, expected: false };
}

function fault(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'for no reason given';
}
