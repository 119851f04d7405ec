import { acceptance } from './acceptance.ts';
import { build } from './build.ts';
import { type DeliverPorts, deliverPhase } from './delivery/deliver.ts';
import type { Phase } from './phase.ts';
import { type PreflightPorts, preflightPhase } from './preflight/preflight.ts';
import { review } from './review.ts';
import { scorePhase } from './score.ts';
import { spec } from './spec.ts';
import { specReview } from './spec-review.ts';
import { suite } from './suite.ts';
import { tests } from './tests.ts';

/** The ten phases, in the order of a run. */
export function allPhases(ports: DeliverPorts & PreflightPorts): readonly Phase[] {
  return [
    preflightPhase(ports),
    spec,
    specReview,
    tests,
    build,
    acceptance,
    suite,
    review,
    scorePhase,
    deliverPhase(ports),
  ] as readonly Phase[];
}
