import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // Most of a cluster test is waiting, so a third worker fits on two cores.
    maxWorkers: 3,
  },
});
