import { defineConfig } from 'vitest/config';

/** Whole runs of the app, one after the other: minutes, not seconds. CI runs them; `npm test -- --slow` does too. */
const slow = [
  'test/scenarios/{attacked,failures,hidden-code,killed,preflight,words}.test.ts',
  'test/setup/operations.test.ts',
];
const docker = 'test/**/*.docker.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [docker, ...slow],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'slow', include: slow, testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: 'docker', include: [docker], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
