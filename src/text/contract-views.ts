import { AcceptanceReport, runsNeeded } from '../gate/proof.ts';
import { RedProof } from '../gate/red-proof.ts';
import type { Contract, SealedTests } from '../run/artifacts.ts';
import type { ContractView, ProofView } from './view.ts';

/** What is known of the contracts; undefined is what there is no report of for the heads as they stand. */
export interface Evidence {
  contracts: Contract[];
  tests: SealedTests | undefined;
  redProof: unknown;
  acceptance: unknown;
}

/** Contract → tests → base → green runs → twins, one row each. */
export function contractViews({ contracts, tests, redProof, acceptance }: Evidence): ContractView[] {
  const red = redProof === undefined ? undefined : RedProof.parse(redProof);
  const report = acceptance === undefined ? undefined : AcceptanceReport.parse(acceptance);
  return contracts.map(({ id, title, kind }) => {
    const ids = (tests?.tests ?? []).filter((test) => test.contract === id).map((test) => test.id);
    const asked = kind === 'new' ? 'failed' : 'passed';
    const proof = report?.contracts.find((contract) => contract.id === id);
    return {
      id,
      title,
      kind,
      tests: ids,
      onBase: red ? red.tests.filter((test) => test.contract === id && test.status === asked).length : null,
      greenRuns: proof ? Math.min(runsNeeded, ...proof.tests.map((test) => test.passedRuns)) : null,
      twinsSurvived: report ? report.twins.survivors.filter((test) => ids.includes(test)) : null,
      proven: proof?.proven ?? null,
      reason: proof?.reason ?? null,
    };
  });
}

/** What the acceptance report is bound to. */
export function proofView({ tests, acceptance }: Evidence): ProofView | null {
  const report = acceptance === undefined ? undefined : AcceptanceReport.parse(acceptance);
  const run = report?.runs.find(({ of }) => of === 'tests');
  if (!report || !run || !tests) return null;
  return {
    tree: run.tree,
    image: run.image,
    runs: runsNeeded,
    mode: tests.mode,
    twins: { killed: report.twins.killed, total: report.twins.total },
    tampering: report.tampering,
  };
}
