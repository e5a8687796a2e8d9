import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../tunnel/fuzz/seeded-random.ts';
import { copyProject } from './copy-project.ts';
import { applyMutation, findMutations, type Mutation } from './find-mutations.ts';
import { readImportGraph, testsOf } from './import-graph.ts';
import { startTestHost, type TestHost } from './start-test-host.ts';

export interface MutateOptions {
  /** The project's folder, which is only read. */
  readonly root: string;
  /** A file or folder, relative to the root. */
  readonly target: string;
  readonly seed: number;
  /** Mutations beyond this number aren't tried; which ones, the seed decides. */
  readonly limit: number;
  readonly endsAtMs: number;
  /** The most test files, nearest first, that get a chance to notice a change. */
  readonly tests: number;
  /** What a changed file's tests get beyond three times what they took without a change. */
  readonly graceMs: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Hears of a test file that gets no chance: without a change, it fails or takes too long. */
  readonly leaveOut: (test: string) => void;
  /** Hears of each outcome at once. */
  readonly say: (mutation: Mutation, outcome: Outcome) => void;
}

export type Outcome = 'killed' | 'survived' | 'not covered';

export interface MutateCounts {
  readonly killed: number;
  readonly survived: number;
  readonly notCovered: number;
  /** Found and not tried, for lack of time or because of the limit. */
  readonly notTried: number;
}

/** The tests that pass without a change, and the time they take. */
interface Cover {
  readonly tests: readonly string[];
  readonly tookMs: number;
}

/** A test that takes longer than this would be run too rarely to tell anything. */
const slowestTestMs = 30_000;

const clock = (): number => performance.now();

async function measure(host: TestHost, candidates: readonly string[], options: MutateOptions): Promise<Cover> {
  const tests: string[] = [];
  let tookMs = 0;
  for (const test of candidates) {
    if (tests.length === options.tests) break;
    const startedMs = clock();
    // oxlint-disable-next-line no-await-in-loop -- one process runs one test after the other
    const status = await host.run({ tests: [test], changed: null }, slowestTestMs);
    if (status !== 'passed') {
      if (!options.signal.aborted) options.leaveOut(test);
      continue;
    }
    tests.push(test);
    tookMs += clock() - startedMs;
  }
  return { tests, tookMs };
}

function shuffle<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function inTarget(file: string, target: string): boolean {
  const name = target.replace(/^\.\//, '').replace(/\/+$/, '');
  return file === name || file.startsWith(`${name}/`);
}

/**
 * Tries changes of one line in a copy of the project: each is killed when one of the tests that cover its file fails or
 * doesn't end in time, and has survived when all of them pass.
 */
export async function tryMutations(options: MutateOptions): Promise<MutateCounts> {
  const copy = copyProject(options.root);
  const host = startTestHost(copy.root);
  const onAbort = (): void => void host.close();
  options.signal.addEventListener('abort', onAbort);
  const counts = { killed: 0, survived: 0, 'not covered': 0 };
  try {
    const graph = readImportGraph(copy.root);
    const files = [...graph.keys()].filter((file) => inTarget(file, options.target) && !file.startsWith('test/'));
    if (files.length === 0) throw new Error(`No source is in ${options.target}`);
    const found = files.flatMap((file) => findMutations(file, readFileSync(join(copy.root, file), 'utf8')));
    const chosen = shuffle(found, options.seed).slice(0, options.limit);
    const covers = new Map<string, Cover>();
    for (const mutation of chosen) {
      if (clock() > options.endsAtMs) break;
      const cover = covers.get(mutation.file) ?? (await measure(host, testsOf(graph, mutation.file), options));
      covers.set(mutation.file, cover);
      const outcome =
        cover.tests.length === 0
          ? 'not covered'
          : await tryOne(host, copy.root, mutation, cover.tests, cover.tookMs * 3 + options.graceMs);
      if (options.signal.aborted) break;
      counts[outcome]++;
      options.say(mutation, outcome);
    }
    const { killed, survived, 'not covered': notCovered } = counts;
    return { killed, survived, notCovered, notTried: found.length - killed - survived - notCovered };
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    await host.close();
    copy.close();
  }
}

async function tryOne(
  host: TestHost,
  root: string,
  mutation: Mutation,
  tests: readonly string[],
  timeoutMs: number,
): Promise<Outcome> {
  const path = join(root, mutation.file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, applyMutation(source, mutation));
  try {
    const status = await host.run({ tests, changed: mutation.file }, timeoutMs);
    return status === 'failed' || status === 'ended' ? 'killed' : 'survived';
  } finally {
    writeFileSync(path, source);
  }
}
