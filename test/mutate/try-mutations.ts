import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../tunnel/fuzz/seeded-random.ts';
import { copyProject } from './copy-project.ts';
import { findCoveringTests, type CoveringTests, type CoverLimits, type MeasuredTest } from './covering-tests.ts';
import { applyMutation, findMutations, type Mutation } from './find-mutations.ts';
import { readImportGraph } from './import-graph.ts';
import { startTestHost, type TestHost } from './start-test-host.ts';

export interface MutateOptions extends CoverLimits {
  /** The project's folder, which is only read. */
  readonly root: string;
  /** Files or folders, relative to the root. */
  readonly targets: readonly string[];
  readonly seed: number;
  /** Mutations beyond this number aren't tried; which ones, the seed decides. */
  readonly limit: number;
  readonly endsAtMs: number;
  /** What a changed file's test gets beyond three times what it took without a change. */
  readonly graceMs: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Hears of a test file that gets no chance: without a change, it fails or takes too long. */
  readonly leaveOut: (test: string) => void;
  /** Hears of each outcome, a few at a time. */
  readonly say: (mutation: Mutation, outcome: Outcome) => void;
}

/** `not covered`: no test that was looked at reaches the change. */
export type Outcome = 'killed' | 'ended' | 'survived' | 'not covered';

export interface MutateCounts {
  readonly killed: number;
  /** Of the killed, those whose test didn't end in time. */
  readonly ended: number;
  readonly survived: number;
  readonly notCovered: number;
  /** Found and not tried, for lack of time or because of the limit. */
  readonly notTried: number;
}

interface Tried {
  readonly mutation: Mutation;
  readonly outcome: Outcome;
  /** What noticed the change. */
  readonly by: string | null;
}

/** Changes of one file that are tried in one go: then their tests have to pass again. */
const groupSize = 12;

const clock = (): number => performance.now();

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

/** Groups of changes of one file each. */
function groupsOf(mutations: readonly Mutation[], seed: number): Mutation[][] {
  const byFile = Map.groupBy(mutations, ({ file }) => file);
  const groups = [...byFile.values()].flatMap((ofFile) =>
    Array.from({ length: Math.ceil(ofFile.length / groupSize) }, (_, index) =>
      ofFile.slice(index * groupSize, (index + 1) * groupSize),
    ),
  );
  return shuffle(groups, seed);
}

/**
 * Tries changes of one line in a copy of the project: each is killed when one of the tests that reach it fails or doesn't
 * end in time, and has survived when all of them pass.
 */
export async function tryMutations(options: MutateOptions): Promise<MutateCounts> {
  const copy = copyProject(options.root);
  const host = startTestHost(copy.root);
  const onAbort = (): void => void host.close();
  options.signal.addEventListener('abort', onAbort);
  const counts = { killed: 0, ended: 0, survived: 0, 'not covered': 0 };
  try {
    const graph = readImportGraph(copy.root);
    const files = [...graph.keys()].filter(
      (file) => options.targets.some((target) => inTarget(file, target)) && !/^test\/|\.d\.ts$/.test(file),
    );
    if (files.length === 0) throw new Error(`No source is in ${options.targets.join(' or ')}`);
    const found = files.flatMap((file) => findMutations(file, readFileSync(join(copy.root, file), 'utf8')));
    const chosen = shuffle(found, options.seed).slice(0, options.limit);
    const { signal, leaveOut } = options;
    const covering = findCoveringTests(copy.root, graph, files, host, options, signal, leaveOut);
    for (const group of groupsOf(chosen, options.seed)) {
      if (clock() > options.endsAtMs || signal.aborted) break;
      // oxlint-disable-next-line no-await-in-loop -- one process tries one change after the other
      for (const { mutation, outcome } of await tryGroup(host, copy.root, group, covering, options)) {
        counts[outcome]++;
        options.say(mutation, outcome);
      }
    }
    const { killed, ended, survived, 'not covered': notCovered } = counts;
    const notTried = found.length - killed - ended - survived - notCovered;
    return { killed: killed + ended, ended, survived, notCovered, notTried };
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    await host.close();
    copy.close();
  }
}

// oxlint-disable no-await-in-loop -- one process runs one test after the other

/** Tests that failed by changes have to pass without one: what a failure left behind isn't taken for another one. */
async function tryGroup(
  host: TestHost,
  root: string,
  group: readonly Mutation[],
  covering: CoveringTests,
  options: MutateOptions,
): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const mutation of group) {
    if (clock() > options.endsAtMs) break;
    const one = await tryOne(host, root, mutation, covering, options, false);
    if (options.signal.aborted) return tried;
    tried.push(one);
  }
  const failed = new Set(tried.flatMap(({ outcome, by }) => (outcome === 'killed' && by !== null ? [by] : [])));
  if (failed.size === 0) return tried;
  const check = { tests: [...failed], changed: [], isFresh: false };
  if ((await host.run(check, options.testsMs + options.graceMs)) === 'passed' || options.signal.aborted) return tried;
  const again: Tried[] = [];
  for (const one of tried) {
    again.push(one.outcome === 'killed' ? await tryOne(host, root, one.mutation, covering, options, true) : one);
  }
  return again;
}

async function tryOne(
  host: TestHost,
  root: string,
  mutation: Mutation,
  covering: CoveringTests,
  options: MutateOptions,
  isFresh: boolean,
): Promise<Tried> {
  const path = join(root, mutation.file);
  const source = readFileSync(path, 'utf8');
  let isCovered = false;
  for await (const measured of covering.of(mutation, source)) {
    isCovered = true;
    writeFileSync(path, applyMutation(source, mutation));
    try {
      const outcome = await ask(host, measured, mutation.file, options.graceMs, isFresh);
      if (outcome !== null) return { mutation, outcome, by: measured.test };
    } finally {
      writeFileSync(path, source);
    }
  }
  return { mutation, outcome: isCovered ? 'survived' : 'not covered', by: null };
}

/** What a test says of the change: null when it notices nothing. */
async function ask(
  host: TestHost,
  measured: MeasuredTest,
  file: string,
  graceMs: number,
  isFresh: boolean,
): Promise<'killed' | 'ended' | null> {
  const startedMs = clock();
  const limitMs = Math.min(measured.firstMs * 3, measured.tookMs * 10) + graceMs;
  const once = (fresh: boolean) => host.run({ tests: [measured.test], changed: [file], isFresh: fresh }, limitMs);
  let status = await once(isFresh);
  // No test of the file ran: nothing is known yet.
  if (status === 'skipped') status = await once(true);
  const asked = measured.asked.get(file) ?? { asked: 0, noticed: 0 };
  measured.asked.set(file, asked);
  asked.asked++;
  if (status === 'passed') measured.tookMs = Math.min(measured.tookMs, clock() - startedMs);
  if (status !== 'failed' && status !== 'ended') return null;
  asked.noticed++;
  return status === 'ended' ? 'ended' : 'killed';
}
