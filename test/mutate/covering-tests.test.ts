import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findCoveringTests } from './covering-tests.ts';
import { findMutations } from './find-mutations.ts';
import { readImportGraph } from './import-graph.ts';
import type { TestHost } from './start-test-host.ts';

const sources: Readonly<Record<string, string>> = {
  'shared/near.ts': 'export const near = 1;\n',
  'shared/far.ts': "import { near } from './near.ts';\nexport const far = near + 1;\n",
  'test/shared/near.test.ts': "import '../../shared/near.ts';\n",
  'test/shared/far.test.ts': "import '../../shared/far.ts';\n",
};

it('a file’s own test is asked, however long those take that are known from other files', async () => {
  const root = mkdtempSync(join(tmpdir(), 'causeway-covering-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  // Fails with probes, so that each test may reach everything.
  const host = {
    run: async ({ tests, changed }: { tests: readonly string[]; changed: readonly string[] }) => {
      if (tests[0]?.includes('far') === true) await new Promise((resolve) => setTimeout(resolve, 60));
      return changed.length > 0 ? 'failed' : 'passed';
    },
  } as unknown as TestHost;
  const limits = { tests: 8, testsMs: 50 };
  const { signal } = new AbortController();
  const targets = ['shared/near.ts', 'shared/far.ts'];
  const covering = findCoveringTests(root, readImportGraph(root), targets, host, limits, signal, () => undefined);
  const askedFor = async (file: string): Promise<string[]> => {
    const source = sources[file] ?? '';
    const [mutation] = findMutations(file, source);
    if (mutation === undefined) throw new Error(`There is nothing to change in ${file}.`);
    const tests: string[] = [];
    for await (const { test } of covering.of(mutation, source)) tests.push(test);
    return tests;
  };

  expect(await askedFor('shared/far.ts')).toEqual(['test/shared/far.test.ts']);
  expect((await askedFor('shared/near.ts'))[0]).toBe('test/shared/near.test.ts');
});
