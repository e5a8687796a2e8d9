import { partOf, recordReach, type Reach } from './reach.ts';
import { testsOf, type ImportGraph } from './import-graph.ts';
import type { Mutation } from './find-mutations.ts';
import type { TestHost } from './start-test-host.ts';

export interface CoverLimits {
  /** The most test files that get a chance to notice a change. */
  readonly tests: number;
  /** Once a change's tests take this long together, it gets no further ones; one that takes longer alone is left out. */
  readonly testsMs: number;
}

/** A test that passes without a change. */
export interface MeasuredTest {
  readonly test: string;
  /** What it took without a change, in a process that had to be started. */
  readonly firstMs: number;
  /** The least that it took. */
  tookMs: number;
  /** Null when it fails with probes: then it may reach everything. */
  readonly reach: Reach | null;
  /** How often it was asked about changes of each file, and how often it noticed. */
  readonly asked: Map<string, { asked: number; noticed: number }>;
}

/** Finds the tests that reach a change, from the nearest of its file on; each is measured once, when first needed. */
export interface CoveringTests {
  /** The tests to ask, one after the other: what has noticed most in the least time first. */
  of(mutation: Mutation, source: string): AsyncGenerator<MeasuredTest>;
}

/** A test that takes longer than this would be run too rarely to tell anything. */
const slowestTestMs = 60_000;
/** How many of the nearest tests are looked at, for each that is asked. */
const lookedAt = 2;

/** What it costs to hear of a change by this test, by what it has noticed so far. */
function priceOf({ asked, tookMs }: MeasuredTest, file: string): number {
  const { asked: times, noticed } = asked.get(file) ?? { asked: 0, noticed: 0 };
  return (tookMs * (times + 2)) / (noticed + 1);
}

export function findCoveringTests(
  root: string,
  graph: ImportGraph,
  targets: readonly string[],
  host: TestHost,
  limits: CoverLimits,
  signal: AbortSignal,
  leaveOut: (test: string) => void,
): CoveringTests {
  const measures = new Map<string, MeasuredTest | null>();
  const candidates = new Map<string, readonly string[]>();

  async function passes(test: string, changed: readonly string[]): Promise<number | null> {
    const startedMs = performance.now();
    const limitMs = Math.min(slowestTestMs, limits.testsMs);
    const status = await host.run({ tests: [test], changed, isFresh: true }, limitMs);
    return status === 'passed' ? performance.now() - startedMs : null;
  }

  async function measure(test: string): Promise<MeasuredTest | null> {
    const known = measures.get(test);
    if (known !== undefined) return known;
    const { result, reach } = await recordReach(root, targets, () => passes(test, targets));
    const tookMs = result ?? (await passes(test, []));
    const measured =
      tookMs === null
        ? null
        : { test, firstMs: tookMs, tookMs, reach: result === null ? null : reach, asked: new Map() };
    measures.set(test, measured);
    if (measured === null && !signal.aborted) leaveOut(test);
    return measured;
  }

  return {
    async *of(mutation, source) {
      const { file } = mutation;
      const nearest = candidates.get(file) ?? testsOf(graph, file).slice(0, limits.tests * lookedAt);
      candidates.set(file, nearest);
      const part = partOf(file, source, mutation);
      const reaches = ({ reach }: MeasuredTest): boolean => reach === null || (reach.get(file)?.has(part) ?? false);
      // However long what others measured takes: the file's own test is asked, too.
      const [own] = nearest;
      if (own !== undefined) await measure(own);
      let left = limits.tests;
      let leftMs = limits.testsMs;
      // Those of the nearest that are measured, and those that have still to show whether they reach it.
      const first = nearest
        .filter((test) => {
          const known = measures.get(test);
          return known === undefined || (known !== null && reaches(known));
        })
        .slice(0, limits.tests);
      const known = first
        .flatMap((test) => measures.get(test) ?? [])
        .toSorted((one, other) => priceOf(one, file) - priceOf(other, file));
      const further = nearest.filter((test) => !known.some((each) => each.test === test));
      for (const measured of known) {
        if (left-- <= 0 || leftMs <= 0 || signal.aborted) return;
        leftMs -= measured.tookMs;
        yield measured;
      }
      for (const test of further) {
        if (left <= 0 || leftMs <= 0 || signal.aborted) return;
        // oxlint-disable-next-line no-await-in-loop -- one process runs one test after the other
        const measured = await measure(test);
        if (measured === null || !reaches(measured)) continue;
        left--;
        leftMs -= measured.tookMs;
        yield measured;
      }
    },
  };
}
