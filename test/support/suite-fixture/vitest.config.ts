import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Runs the fixtures that `SUITE_FIXTURES` names, with commas between them. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: (process.env['SUITE_FIXTURES'] ?? '').split(',').map((name) => `${name}.fixture.ts`),
    pool: 'forks',
    maxWorkers: 2,
  },
});
