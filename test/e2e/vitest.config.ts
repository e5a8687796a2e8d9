import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { keptCode } from '../../build/kept-code.ts';

/** End-to-end specs drive one window at a time, so they run one after the other. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/build-once.ts'],
    pool: 'forks',
    env: keptCode,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
