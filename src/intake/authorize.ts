import type { CommandVerb } from './command.ts';

/** Starting by label is the same right as `/auto-build`, but a label is put on by people whom GitHub lets triage. */
export type Action = CommandVerb | 'label';

export interface Asker {
  /**
   * `role_name` of the repository's collaborator permission. Of a custom role: the role that it is built on;
   * a name that is none of GitHub's own gives no right.
   */
  roleName: string;
  isBot: boolean;
  /** Whether they wrote the issue. */
  isAuthor: boolean;
}

/** `reply: false`: say nothing at all, so that strangers cannot make us talk. */
export type Authorization = { allowed: true } | { allowed: false; why: string; reply: boolean };

const writers = ['write', 'maintain', 'admin'];
const readers = ['triage', ...writers];
const openToReaders: readonly Action[] = ['status', 'help'];

/** Who may do what. Ask again before anything that cannot be undone: roles change. */
export function authorize(action: Action, asker: Asker): Authorization {
  if (asker.isBot) return { allowed: false, why: 'bots cannot give orders', reply: false };
  if (writers.includes(asker.roleName)) return { allowed: true };
  if (openToReaders.includes(action)) {
    if (asker.isAuthor || readers.includes(asker.roleName)) return { allowed: true };
    return {
      allowed: false,
      why: 'only the author of the issue and people with triage access can ask',
      reply: false,
    };
  }
  return {
    allowed: false,
    why: 'this needs write access to the repository',
    // Who may put labels on is known to the repository, and would otherwise wait for a run that never comes.
    reply: action === 'label' && asker.roleName === 'triage',
  };
}
