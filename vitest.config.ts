import { defineConfig } from 'vitest/config';

/** Whole runs of the app, one after the other: minutes, not seconds. CI runs them; `npm test -- --slow` does too. */
const slow = [
  'test/scenarios/{attacked,failures,faulty-github,hidden-code,killed,preflight,words}.test.ts',
  'test/setup/operations.test.ts',
  'test/github/faults.test.ts',
];
/** `unit` plays a sample of these, `slow` all there is, or in CI a part that it has the time for. */
const whole = ['test/intake/any-order.test.ts'];
const docker = 'test/**/*.docker.test.ts';
/**
 * Whole runs share the machine with an engine and a server of their own. In CI one that failed is played once more and
 * shown as `(retry x1)`: that is a defect to look into, not a reason to hold everybody up.
 */
const long = { testTimeout: 120_000, hookTimeout: 120_000, retry: process.env.CI ? 1 : 0 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [docker, ...slow],
          testTimeout: 30_000,
          // PostgreSQL in WebAssembly takes its time to start on a machine that is busy.
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'slow', include: [...slow, ...whole], ...long } },
      { test: { name: 'docker', include: [docker], ...long } },
    ],
  },
});
