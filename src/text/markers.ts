/**
 * Hidden first lines by which we find our own texts again. One sticky comment, one help and one pull request per issue,
 * whatever number of runs it took; a report and a follow-up belong to their run, those whom GitHub
 * would not ask to their pull request, an escalation to its commit, a refusal to start to the person who was refused.
 */
export type Marker =
  | { kind: 'sticky' | 'pull-request' | 'help'; issue: number }
  | { kind: 'report' | 'follow-up' | 'duplicate' | 'patch'; issue: number; run: string }
  /** `at`: when the label was put on or the command was written, milliseconds since the epoch. */
  | { kind: 'label-again' | 'command-again'; issue: number; at: number }
  | { kind: 'reviewers'; issue: number; pull: number }
  | { kind: 'escalation'; issue: number; run: string; head: string }
  | { kind: 'may-not-start'; issue: number; who: string };

export function formatMarker({ kind, ...fields }: Marker): string {
  const named = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `<!-- auto-build:${kind} ${named.join(' ')} -->`;
}
