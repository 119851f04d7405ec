import type { Signals } from '../../src/gate/score.ts';

/** A change that nothing speaks against. */
export const perfect: Signals = {
  contracts: { proven: 4, total: 4, inProcess: 0 },
  review: { approved: true, blockers: 0, majors: 0, minors: 0, security: 0 },
  suite: { regressions: 0, ok: true },
  lint: true,
  types: true,
  build: true,
  mutation: { killed: 10, total: 10 },
  tampering: false,
  securityFindings: 0,
  stubs: 0,
  dependenciesVerified: true,
  newDependencies: 0,
  protectedPaths: 0,
  voidedTests: 0,
};
