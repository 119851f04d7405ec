import type { EndOfScenario } from '../../../src/offline/scenario/expect.ts';
import { repository } from '../page/sample-world.ts';

export { repository };

/** How a scenario may end: merged, scored .97. */
export function sampleEnd(more: Partial<EndOfScenario> = {}): EndOfScenario {
  return {
    repository,
    issue: 1,
    app: 'auto-build[bot]',
    run: {
      run: 'r-1',
      state: 'succeeded',
      outcome: 'merged',
      score: 0.9689,
      route: 'merge',
      pullRequest: 2,
      phases: [
        { phase: 'spec', attempts: 1, ms: 900, usd: 0.03 },
        { phase: 'build', attempts: 2, ms: 4000, usd: 0.06 },
      ],
      modelCalls: { builder: 2 },
      effects: { comment: 1, merge: 1 },
    },
    files: { 'src/index.js': 'export {};\n' },
    ...more,
  };
}
