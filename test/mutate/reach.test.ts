import { expect, it } from 'vitest';
import { findMutations } from './find-mutations.ts';
import { addProbes, partOf } from './reach.ts';

/** The probed source, with `[1]` for the probe of the first part and without what comes before. */
function probed(source: string): string {
  return addProbes('relay/a.ts', source)
    .replace("import '../.mutate-reach.mjs'; globalThis.__reached('relay/a.ts:0'); ", '')
    .replaceAll(/globalThis\.__reached\('relay\/a\.ts:(\d+)'\)/g, '[$1]');
}

it.each<[what: string, source: string, after: string]>([
  [
    'nothing of what runs at the beginning',
    "import './b.ts'; const a = 1; b(a);",
    "import './b.ts'; const a = 1; b(a);",
  ],
  ['statements', 'function a() { b(); return c; }', 'function a() { [1]; b(); [2]; return c; }'],
  ['a branch without braces', 'if (a) b(); else c();', 'if (a) { [1]; b(); } else { [2]; c(); }'],
  ['loops', 'for (const a of b) c(a);', 'for (const a of b) { [1]; c(a); }'],
  ['cases', "switch (a) { case 'b': c(); }", "switch (a) { case 'b': [1]; c(); }"],
  ['both sides of a choice', 'a(b ? c : d);', 'a(b ? ([1], c) : ([2], d));'],
  ['what decides second', 'a(b && c);', 'a(b && ([1], c));'],
  ['functions of one expression', 'a((b) => b.c);', 'a((b) => ([1], b.c));'],
  ['one in another', 'a(() => b ?? (c && d));', 'a(() => ([1], b ?? ([2], (c && ([3], d)))));'],
  ['no types', 'type A = B extends C ? D : E; a(b as C);', 'type A = B extends C ? D : E; a(b as C);'],
  [
    'what stands behind a program’s first line',
    '#!/usr/bin/env node\nif (a) b();',
    '#!/usr/bin/env node\nif (a) { [1]; b(); }',
  ],
])('probes show %s', (_what, source, after) => {
  expect(probed(source)).toBe(after);
});

it('finds the innermost part around each change', () => {
  const source = 'const a = 1;\nfunction b(c) {\n  if (c < 2) return d(3);\n  return c ? 4 : 5;\n}\n';

  expect(findMutations('a.ts', source).map((each) => [each.after, partOf('a.ts', source, each)])).toEqual([
    ['a = 2', 0],
    ['!(c < 2)', 1],
    ['c <= 2', 1],
    ['c < 3', 1],
    [';', 2],
    ['d(4)', 2],
    ['!(c)', 3],
    ['c ? 5 : 5', 4],
    ['c ? 4 : 6', 5],
  ]);
});
