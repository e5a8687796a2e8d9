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
  /** Files or folders, relative to the root. */
  readonly targets: readonly string[];
  readonly seed: number;
  /** Mutations beyond this number aren't tried; which ones, the seed decides. */
  readonly limit: number;
  readonly endsAtMs: number;
  /** The most test files, nearest first, that get a chance to notice a change. */
  readonly tests: number;
  /** Once a file's tests take this long together, it gets no further ones; one that takes longer alone is left out. */
  readonly testsMs: number;
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

/** A test that passes without a change, and the time it takes. */
interface MeasuredTest {
  readonly test: string;
  readonly tookMs: number;
}

/** The tests of a file: the measured ones by their time, and those that no change has needed so far, nearest first. */
interface Cover {
  readonly measured: MeasuredTest[];
  readonly candidates: string[];
}

/** What each test takes without a change; null for one that fails then or takes too long. */
type Measures = Map<string, number | null>;

/** A test that takes longer than this would be run too rarely to tell anything. */
const slowestTestMs = 30_000;

const clock = (): number => performance.now();

async function measure(
  host: TestHost,
  test: string,
  measures: Measures,
  options: MutateOptions,
): Promise<number | null> {
  const known = measures.get(test);
  if (known !== undefined) return known;
  const startedMs = clock();
  const status = await host.run({ tests: [test], changed: null }, Math.min(slowestTestMs, options.testsMs));
  const tookMs = status === 'passed' ? clock() - startedMs : null;
  measures.set(test, tookMs);
  if (tookMs === null && !options.signal.aborted) options.leaveOut(test);
  return tookMs;
}

/** Measures candidates until one is of use; undefined when none is left or the file has its number of tests. */
async function measureNext(
  host: TestHost,
  { measured, candidates }: Cover,
  measures: Measures,
  options: MutateOptions,
): Promise<MeasuredTest | undefined> {
  const spentMs = measured.reduce((sum, { tookMs }) => sum + tookMs, 0);
  while (measured.length < options.tests && spentMs < options.testsMs && !options.signal.aborted) {
    const test = candidates.shift();
    if (test === undefined) return undefined;
    // oxlint-disable-next-line no-await-in-loop -- one process runs one test after the other
    const tookMs = await measure(host, test, measures, options);
    if (tookMs === null) continue;
    const next = { test, tookMs };
    measured.push(next);
    measured.sort((one, other) => one.tookMs - other.tookMs);
    return next;
  }
  return undefined;
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
    const files = [...graph.keys()].filter(
      (file) => options.targets.some((target) => inTarget(file, target)) && !file.startsWith('test/'),
    );
    if (files.length === 0) throw new Error(`No source is in ${options.targets.join(' or ')}`);
    const found = files.flatMap((file) => findMutations(file, readFileSync(join(copy.root, file), 'utf8')));
    const chosen = shuffle(found, options.seed).slice(0, options.limit);
    const covers = new Map<string, Cover>();
    const measures: Measures = new Map();
    for (const mutation of chosen) {
      if (clock() > options.endsAtMs) break;
      const cover = covers.get(mutation.file) ?? { measured: [], candidates: [...testsOf(graph, mutation.file)] };
      covers.set(mutation.file, cover);
      // oxlint-disable-next-line no-await-in-loop -- one process tries one change after the other
      const outcome = await tryOne(host, copy.root, mutation, cover, measures, options);
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

/** Runs the quickest tests first, and measures a further one only for a change that all of them miss. */
async function tryOne(
  host: TestHost,
  root: string,
  mutation: Mutation,
  cover: Cover,
  measures: Measures,
  options: MutateOptions,
): Promise<Outcome> {
  const path = join(root, mutation.file);
  const source = readFileSync(path, 'utf8');
  const isKilledBy = async ({ test, tookMs }: MeasuredTest): Promise<boolean> => {
    writeFileSync(path, applyMutation(source, mutation));
    try {
      const status = await host.run({ tests: [test], changed: mutation.file }, tookMs * 3 + options.graceMs);
      return status === 'failed' || status === 'ended';
    } finally {
      writeFileSync(path, source);
    }
  };
  // oxlint-disable no-await-in-loop -- one process runs one test after the other
  for (const test of cover.measured) if (await isKilledBy(test)) return 'killed';
  for (;;) {
    const next = await measureNext(host, cover, measures, options);
    if (next === undefined) return cover.measured.length === 0 ? 'not covered' : 'survived';
    if (await isKilledBy(next)) return 'killed';
  }
  // oxlint-enable no-await-in-loop
}
