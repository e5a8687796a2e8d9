import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Which test files are run otherwise than most, which Node loads, each in a process of its own. Paths below the root, with slashes. */
export interface TestGroups {
  /** They call modules which keep nothing, and change nothing of the process: one process runs many of them. */
  readonly sharing: readonly string[];
  /** They put something in a module's place, or load what Node can't read: Vite loads them, and takes its time. */
  readonly byVite: readonly string[];
}

/** Folders of such modules, also where something that they load could do more. */
const sharingFolders = [
  'client/tokens',
  'console',
  'relay/config',
  'relay/http2-fields',
  'relay/identity',
  'relay/notify',
  'relay/overview',
  'relay/policy',
  'relay/quota',
  'relay/saml',
  'relay/what-if',
  'renderer/model',
  'shared',
  'shared/messages',
  'shared/tunnel',
  'ui',
];

/** What outlasts a file, or what others leave is in the way of: the process's own state and memory, clocks, browsers, processes. */
const reachesFurther =
  /\bvi\.(?:mock|hoisted|stub|useFakeTimers|spyOn)|\bprocess\.(?:env|on|once|chdir|emitWarning)\b|setGlobalDispatcher|globalThis|memoryUsage|getHeapStatistics|node:v8|launchChromium|playwright|child_process|worker_threads|startRelayProcess|startDemoWorld|startTunnelWorld/;
/** What of the modules under test leaves the process, or is for Vite to load. */
const leaves = /child_process|worker_threads|\.tsx'/;
const replacesModules = /\bvi\.(?:mock|hoisted)\(/;

/**
 * Finds the test files below `root` that can share a process: those of such folders, and those that load nothing which
 * reaches further.
 */
export function groupTests(root: string): TestGroups {
  const files = globSync('test/**/*.test.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const sources = readWithImports(root, files);
  const sourceOf = (path: string): string => sources.get(path)?.source ?? '';
  const reaching = whoLoads(sources, ([path, { source }]) =>
    (path.startsWith('test/') ? reachesFurther : leaves).test(source),
  );
  const isInFolder = (path: string): boolean =>
    sharingFolders.includes(dirname(path).slice('test/'.length)) && !reachesFurther.test(sourceOf(path));
  const withJsx = whoLoads(sources, ([path]) => path.endsWith('.tsx'), 'values');
  const byVite = files.filter((path) => withJsx.has(path) || replacesModules.test(sourceOf(path)));
  const canShare = (path: string): boolean => !byVite.includes(path) && (isInFolder(path) || !reaching.has(path));
  return { sharing: files.filter(canShare), byVite };
}

interface Source {
  readonly source: string;
  /** Files of the project that it loads, types included; what it only names in a text may be among them. */
  readonly loads: readonly string[];
  /** Those of them that are there when it runs. */
  readonly values: readonly string[];
}

/** The files, and all that they load in turn, by their paths. */
function readWithImports(root: string, files: readonly string[]): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>();
  const read = (path: string): void => {
    if (found.has(path) || !existsSync(join(root, path))) return;
    const source = readFileSync(join(root, path), 'utf8');
    const named = [...source.matchAll(/(?:(import type\b[^;']*?)?from |import\()'(\.{1,2}\/[^']+\.tsx?)'/g)].map(
      ([, typesOnly, address = '']) => ({ typesOnly, at: join(dirname(path), address).replaceAll('\\', '/') }),
    );
    const loads = named.map(({ at }) => at);
    found.set(path, {
      source,
      loads,
      values: named.flatMap(({ at, typesOnly }) => (typesOnly === undefined ? [at] : [])),
    });
    for (const loaded of loads) read(loaded);
  };
  for (const path of files) read(path);
  return found;
}

/** The files that `is` holds for, and all that load one of them (or types of it, too), directly or not. */
function whoLoads(
  sources: ReadonlyMap<string, Source>,
  is: (entry: readonly [path: string, source: Source]) => boolean,
  by: 'loads' | 'values' = 'loads',
): ReadonlySet<string> {
  const loadedBy = new Map<string, string[]>();
  for (const [path, source] of sources)
    for (const loaded of source[by]) loadedBy.set(loaded, [...(loadedBy.get(loaded) ?? []), path]);
  const found = new Set([...sources].filter(is).map(([path]) => path));
  for (const path of found) for (const loader of loadedBy.get(path) ?? []) found.add(loader);
  return found;
}
