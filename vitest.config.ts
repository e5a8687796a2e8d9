import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { keptCode } from './build/kept-code.ts';
import { LongestFirst } from './build/tests/longest-first.ts';
import { groupTests } from './build/tests/test-groups.ts';

const { sharing, byVite } = groupTests(import.meta.dirname);
const others = ['test/e2e/**', 'node_modules/**'];

/** Node runs the sources, as it does everywhere else, and keeps their code from run to run (`keptCode`). */
const byNode = { viteModuleRunner: false, nodeLoader: false };

export default defineConfig({
  test: {
    pool: 'forks',
    env: keptCode,
    // Most tests wait, for servers, browsers and bounds of time: four at a time even on the smallest machine.
    maxWorkers: Math.max(4, availableParallelism() + 2),
    sequence: { sequencer: LongestFirst },
    // For machines that do other work beside: what hangs is found all the same, what is slow isn't taken for it.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...others, ...sharing, ...byVite],
          experimental: byNode,
        },
      },
      { extends: true, test: { name: 'by Vite', include: [...byVite] } },
      {
        extends: true,
        test: {
          name: 'sharing',
          include: [...sharing],
          isolate: false,
          experimental: byNode,
        },
      },
    ],
  },
});
