import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { keptCode } from '../../build/kept-code.ts';

/**
 * On real Electron, windows would take the focus from each other, and whoever is asked to come forward twice is one app: there
 * the specs run one after the other. The stand-in's windows know nothing of each other.
 */
const together = process.env['CAUSEWAY_ELECTRON'] === 'required' ? 1 : 2;

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/build-once.ts'],
    pool: 'forks',
    env: keptCode,
    maxWorkers: together,
    fileParallelism: together > 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
