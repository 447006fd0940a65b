import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // Most of a cluster test is waiting: with three workers two cores have nothing to do for two fifths of the time.
    maxWorkers: 4,
  },
});
