import type { ArtifactKind, HeadName, PhaseName } from './facts.ts';

/** One piece of evidence that a run needs, the phase that makes it, and the heads that it is evidence for. */
export interface Requirement {
  phase: PhaseName;
  kind: ArtifactKind;
  on: readonly HeadName[];
}

/**
 * The evidence of a run, in order. A head that moves makes exactly the evidence stale that names it here:
 * a moved base has the candidate replayed and program evidence made again, but not the spec, the tests or the review.
 */
export const requirements: readonly Requirement[] = [
  { phase: 'preflight', kind: 'preflight', on: ['issue'] },
  { phase: 'spec', kind: 'spec', on: ['issue', 'spec'] },
  { phase: 'spec-review', kind: 'spec-review', on: ['issue', 'spec'] },
  { phase: 'tests', kind: 'red-proof', on: ['issue', 'spec', 'tests'] },
  { phase: 'build', kind: 'patch', on: ['issue', 'base', 'spec', 'candidate'] },
  { phase: 'acceptance', kind: 'acceptance', on: ['issue', 'base', 'spec', 'tests', 'candidate'] },
  { phase: 'suite', kind: 'suite', on: ['issue', 'base', 'spec', 'candidate'] },
  { phase: 'review', kind: 'review', on: ['issue', 'spec', 'candidate'] },
  { phase: 'score', kind: 'score', on: ['issue', 'base', 'spec', 'tests', 'candidate'] },
  { phase: 'deliver', kind: 'delivery', on: ['issue', 'base', 'spec', 'tests', 'candidate'] },
];

/** After the pull request is open and the route allows it; not a phase of its own, but the end of delivery. */
export const mergeRequirement: Requirement = {
  phase: 'deliver',
  kind: 'merge',
  on: ['issue', 'base', 'spec', 'tests', 'candidate'],
};
