import { z } from 'zod';
import type { TestReport } from './test-report.ts';

const MutantLine = z.object({ path: z.string(), line: z.int(), description: z.string() });

/** How many small changes to the changed lines the sealed tests notice. */
export const KillRate = z.object({
  killed: z.int().min(0),
  total: z.int().min(1),
  /** For people and the test-writer's next round; a builder never sees them. */
  survivors: z.array(MutantLine),
});
export type KillRate = z.infer<typeof KillRate>;

/**
 * Killed: a sealed test that should run failed or did not come back, or the run did not end in its time. A run without
 * a readable report shows nothing, so its mutant counts as alive. null when there was nothing to mutate.
 */
export function killRate(
  runs: readonly {
    mutant: { path: string; line: number; description: string };
    report: Pick<TestReport, 'report' | 'timedOut' | 'tests'>;
  }[],
  testIds: readonly string[],
): KillRate | null {
  if (runs.length === 0) return null;
  const survivors = runs.filter(({ report }) => {
    if (report.timedOut) return false;
    if (report.report !== 'ok') return true;
    const passed = new Set(report.tests.filter((test) => test.status === 'passed').map((test) => test.id));
    return testIds.every((id) => passed.has(id));
  });
  return {
    killed: runs.length - survivors.length,
    total: runs.length,
    survivors: survivors.map(({ mutant: { path, line, description } }) => ({ path, line, description })),
  };
}
