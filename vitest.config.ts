import { defineConfig } from 'vitest/config';
import { keptCode } from './build/kept-code.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**'],
    pool: 'forks',
    env: keptCode,
    // Most tests wait, for servers, browsers and bounds of time, and take half a core each: three at a time even on the
    // smallest machine.
    maxWorkers: 3,
    // For machines that do other work beside: what hangs is found all the same, what is slow isn't taken for it.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
