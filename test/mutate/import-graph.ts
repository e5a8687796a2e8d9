import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { walk } from './syntax-tree.ts';

/** Which files each file of the project brings with it, by paths relative to its root. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

const sources = '{build,client,electron,relay,renderer,shared,test}/**/*.{ts,tsx,mjs}';

/** A file that a string names, from the naming file's folder or from the root: workers and programs are started so. */
function namedFile(root: string, from: string, text: string): string | null {
  if (!/\.(ts|tsx|mjs)$/.test(text) || text.length > 200) return null;
  for (const base of [join(root, dirname(from)), root]) {
    const path = join(base, text);
    if (existsSync(path) && statSync(path).isFile()) return relative(root, path);
  }
  return null;
}

function readEdges(root: string, file: string): ReadonlySet<string> {
  const edges = new Set<string>();
  const types = new Set<unknown>();
  for (const { node } of walk(file, readFileSync(join(root, file), 'utf8'))) {
    if (node.type === 'ImportDeclaration' && node.importKind === 'type') types.add(node.source);
    if (node.type !== 'Literal' || typeof node.value !== 'string' || types.has(node)) continue;
    const named = namedFile(root, file, node.value);
    if (named !== null) edges.add(named);
  }
  return edges;
}

/** Reads all of the project's sources. Imports of types alone don't count: they aren't there at run time. */
export function readImportGraph(root: string): ImportGraph {
  const files = globSync(sources, { cwd: root, exclude: ['**/node_modules/**', '**/suite-fixture/**'] });
  return new Map(files.toSorted().map((file) => [file, readEdges(root, file)]));
}

const isTest = (file: string): boolean => file.endsWith('.test.ts') && !file.startsWith('test/e2e/');

/** How many leading folders two paths share. */
function sharedFolders(one: string, other: string): number {
  const [left, right] = [dirname(one).split('/'), dirname(other).split('/')];
  const differs = left.findIndex((folder, index) => folder !== right[index]);
  return differs === -1 ? left.length : differs;
}

/**
 * The tests that reach a file by imports, nearest first: by the number of imports between, then the one of the file's own
 * name, then those in the folder of `test/` that mirrors its own.
 */
export function testsOf(graph: ImportGraph, file: string): readonly string[] {
  const importers = new Map<string, string[]>();
  for (const [from, edges] of graph) {
    for (const to of edges) importers.set(to, [...(importers.get(to) ?? []), from]);
  }
  const distances = new Map([[file, 0]]);
  for (const [reached, distance] of distances) {
    for (const importer of importers.get(reached) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  const mirror = join('test', file);
  const ownName = `/${basename(file).replace(/\.\w+$/, '')}.`;
  const isOther = (test: string): number => (test.includes(ownName) ? 0 : 1);
  return [...distances]
    .filter(([reached]) => isTest(reached))
    .toSorted(
      ([one, near], [other, far]) =>
        near - far ||
        isOther(one) - isOther(other) ||
        sharedFolders(mirror, other) - sharedFolders(mirror, one) ||
        (one < other ? -1 : 1),
    )
    .map(([reached]) => reached);
}
