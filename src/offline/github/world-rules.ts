import type { BranchRules } from './public-types.ts';

/** Branch rules with nothing left open. */
export interface Rules extends Required<Omit<BranchRules, 'requiredChecks' | 'mergeMethods'>> {
  readonly id: number;
  /** `appId` null: whoever reports it. */
  readonly requiredChecks: readonly { readonly name: string; readonly appId: number | null }[];
  readonly mergeMethods: BranchRules['mergeMethods'] | null;
}

export function completeRules(id: number, rules: BranchRules): Rules {
  return {
    id,
    kind: rules.kind ?? 'ruleset',
    requiredChecks: (rules.requiredChecks ?? []).map((check) =>
      typeof check === 'string' ? { name: check, appId: null } : { appId: null, ...check },
    ),
    strict: rules.strict ?? false,
    approvals: rules.approvals ?? 0,
    codeOwners: rules.codeOwners ?? false,
    dismissStale: rules.dismissStale ?? false,
    mergeQueue: rules.mergeQueue ?? false,
    signatures: rules.signatures ?? false,
    linearHistory: rules.linearHistory ?? false,
    mergeMethods: rules.mergeMethods ?? null,
  };
}

/** Whether a rule's pattern covers a branch: `*` is one segment at most, `**` any number. */
function covers(pattern: string, branch: string): boolean {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'));
  return new RegExp(`^${source}$`).test(branch);
}

/** The rules of a branch: those under its own name first, then the first pattern that covers it. */
export function rulesOf(
  repo: { readonly rules: ReadonlyMap<string, Rules> },
  branch: string,
): Rules | undefined {
  return repo.rules.get(branch) ?? [...repo.rules].find(([pattern]) => covers(pattern, branch))?.[1];
}
