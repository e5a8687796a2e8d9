import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImportGraph, testsOf } from './import-graph.ts';
import { tryMutations, type Outcome } from './try-mutations.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * `isSmall` is tested apart from its bound, `loops` with a change hangs, `alone` has no test, `parts` is tested in part,
 * and what fails because of `first` leaves something behind that fails whatever comes after it.
 */
const project: Readonly<Record<string, string>> = {
  'shared/small.ts': 'export function isSmall(size: number): boolean {\n  return size < limit;\n}\nconst limit = 10;\n',
  'shared/loops.ts':
    'export function count(to: number): number {\n  let at = 0;\n  while (at < to) at = at + 1;\n  return at;\n}\n',
  'shared/alone.ts': 'export const alone = true;\n',
  'shared/near/kept.ts': "import { isSmall } from '../small.ts';\nexport const kept = isSmall(1);\n",
  'test/shared/small.test.ts':
    "import { expect, it } from 'vitest';\nimport { isSmall } from '../../shared/small.ts';\n" +
    "it('tells small from large', () => {\n  expect(isSmall(3)).toBe(true);\n  expect(isSmall(10)).toBe(false);\n});\n",
  'test/shared/loops.test.ts':
    "import { expect, it } from 'vitest';\nimport { count } from '../../shared/loops.ts';\n" +
    "it('counts', () => {\n  expect(count(3)).toBe(3);\n});\n",
  'relay/parts.ts':
    'export function nameOf(size: number): string {\n  return size > 3 ? `${size + 1}` : `${size - 1}`;\n}\n',
  'test/relay/parts.test.ts':
    "import { expect, it } from 'vitest';\nimport { nameOf } from '../../relay/parts.ts';\n" +
    "it('names large ones', () => {\n  expect(nameOf(7)).toBe('8');\n});\n",
  'client/left.ts':
    'export const first = 1;\nexport const second = true;\nexport const third = true;\nexport const fourth = true;\n',
  'test/client/left.test.ts':
    "import { expect, it } from 'vitest';\nimport { first } from '../../client/left.ts';\n" +
    "it('leaves something behind', () => {\n  if (first !== 1) globalThis.leftBehind = true;\n" +
    '  expect(globalThis.leftBehind).toBeUndefined();\n});\n',
  'test/shared/a-first.test.ts':
    "import { it } from 'vitest';\nimport '../../shared/small.ts';\nit('loads', () => undefined);\n",
  'test/other/kept.test.ts':
    "import { expect, it } from 'vitest';\nimport { kept } from '../../shared/near/kept.ts';\n" +
    "import type { alone } from '../../shared/alone.ts';\nit('keeps', () => {\n  expect(kept satisfies typeof alone).toBe(true);\n});\n",
};

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'causeway-mutated-'));
  for (const [path, text] of Object.entries(project)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  symlinkSync(modules, join(root, 'node_modules'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function outcomesOf(target: string, limit = Infinity) {
  const outcomes = new Map<string, Outcome>();
  const counts = await tryMutations({
    root,
    targets: [target],
    limit,
    seed: 1,
    tests: 8,
    testsMs: 30_000,
    graceMs: 3000,
    endsAtMs: performance.now() + 60_000,
    leaveOut: () => undefined,
    signal: new AbortController().signal,
    say: ({ after }, outcome) => outcomes.set(after, outcome),
  });
  return { outcomes: Object.fromEntries(outcomes), counts };
}

describe('trying changes of one line', () => {
  it('refuses a folder without sources', async () => {
    await expect(outcomesOf('electron')).rejects.toThrow('No source is in electron');
  });

  it('tells what tests notice from what they miss, and leaves the project as it was', async () => {
    const before = readdirSync(root, { recursive: true }).filter((path) => !String(path).startsWith('node_modules'));

    const { outcomes, counts } = await outcomesOf('shared');

    expect(outcomes).toEqual({
      'size <= limit': 'killed',
      'limit = 11': 'killed',
      'at = 1': 'survived',
      'isSmall(2)': 'survived',
      'at <= to': 'killed',
      // Counts downwards for ever.
      'at - 1': 'ended',
      'at + 2': 'killed',
      'alone = false': 'not covered',
    });
    expect(counts).toEqual({ killed: 5, ended: 1, survived: 2, notCovered: 1, notTried: 0 });
    expect(readdirSync(root, { recursive: true }).filter((path) => !String(path).startsWith('node_modules'))).toEqual(
      before,
    );
    for (const [path, text] of Object.entries(project)) expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it('tells what no test reaches from what the tests that reach it miss', async () => {
    expect((await outcomesOf('relay')).outcomes).toEqual({
      '!(size > 3)': 'killed',
      'size >= 3': 'survived',
      'size > 4': 'survived',
      'size - 1': 'killed',
      'size + 2': 'killed',
      'size + 1': 'not covered',
      'size - 2': 'not covered',
    });
  });

  it('does not take what a failure left behind for another one', async () => {
    expect((await outcomesOf('client')).outcomes).toEqual({
      'first = 2': 'killed',
      'second = false': 'survived',
      'third = false': 'survived',
      'fourth = false': 'survived',
    });
  });

  it('says how many it left out', async () => {
    expect((await outcomesOf('shared/alone.ts', 0)).counts).toEqual({
      killed: 0,
      ended: 0,
      survived: 0,
      notCovered: 0,
      notTried: 1,
    });
  });
});

describe('the tests that cover a file', () => {
  it('come nearest first, and imports of types alone do not count', () => {
    const graph = readImportGraph(root);

    expect(testsOf(graph, 'shared/small.ts')).toEqual([
      'test/shared/small.test.ts',
      'test/shared/a-first.test.ts',
      'test/other/kept.test.ts',
    ]);
    expect(testsOf(graph, 'shared/alone.ts')).toEqual([]);
  });
});
