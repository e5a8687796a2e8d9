import { type Bench, type Figure, median, rounded } from './figure.ts';
import type { Askers } from './measure/ask-in-turn.ts';
import { type Counted, withCounted } from './measure/counted-world.ts';
import { instructionsOf, type OutsideCount, systemCallsOf, workCallsOf } from './measure/outside-counts.ts';
import type { AllocatedObjects, Probe } from './measure/probe.ts';
import { readThreads } from './measure/thread-usage.ts';
import { type Calls, readCalls } from './measure/thread-calls.ts';

type Counts = Pick<
  Figure,
  | 'readCalls'
  | 'writeCalls'
  | 'workCalls'
  | 'loopCalls'
  | 'systemCalls'
  | 'sleeps'
  | 'allocatedBytes'
  | 'objects'
  | 'instructions'
  | 'gcShare'
>;

/**
 * Code that is never optimised allocates the same each time: what V8 makes of it later depends on when it comes to that.
 */
const repeatable = ['--no-opt', '--no-maglev', '--single-threaded'];
const warmUp = { repeatable: 150, asItRuns: 12_000 } as const;
/** So few that on the busiest machine some of the batches meet no timer. */
const batchRequests = 4;
const batches = 40;
const objectRequests = 2;
const objectBatches = 15;
const workCallRequests = 10;
const workCallRounds = 25;
const manyRequests = 5000;
const manyRounds = 5;

/**
 * What one request costs client and relay, in counts that other work of the machine doesn’t change. `counts-c1`, all that
 * `--quick` measures, is kept in `main-path-counts.jsonl`, and a test compares: one connection, a fixed number of requests
 * in small batches, of which one with little of it counts (a timer that ran beside is no part of a request), without V8’s
 * optimisations.
 * The others are of programs as they run, and depend on how many requests arrive together.
 */
export const mainPathCounts: Bench = async ({ quick, say }) => {
  const kept = await withCounted(repeatable, async (counted, ask) => {
    const one = await ask(1);
    await one.ask(warmUp.repeatable);
    const counts = await littleOf(counted, one);
    const figures: Figure[] = [];
    for (const [index, process] of counted.entries()) {
      const workCalls = await fewWorkCalls(process, one, say);
      figures.push(figure('counts-c1', process, { ...counts[index], ...(workCalls === null ? {} : { workCalls }) }));
    }
    return figures;
  });
  if (quick) return kept;
  say('The same with V8’s optimisations, on 32 connections, and what strace and perf see');
  const asItRuns = await withCounted([], async (counted, ask) => {
    const many = await ask(32);
    await many.ask(warmUp.asItRuns);
    const together = await manyAtOnce(counted, many);
    const one = await ask(1);
    const alone = await littleOf(counted, one);
    return [
      ...(await withOutside(counted, one, alone, 'as-it-runs-c1', say)),
      ...(await withOutside(counted, many, together, 'as-it-runs-c32', say)),
    ];
  });
  return [...kept, ...asItRuns];
};

function figure(benchCase: string, counted: Counted | undefined, counts: Counts): Figure {
  return { bench: 'main-path-counts', case: benchCase, system: counted?.name ?? '', ...counts };
}

type Row = Calls & { readonly bytes: number };

const nothing: Row = { reads: Number.NaN, writes: Number.NaN, bytes: Number.NaN };

/** So many of all are lower: not the least, in which something may have come together that mostly doesn’t. */
function low(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN;
}

/** Each count of each process, in a batch that had little of it. */
async function littleOf(counted: readonly Counted[], askers: Askers): Promise<Counts[]> {
  const rows: Calls[][] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const before = counted.map(({ pid }) => readCalls(pid, 'event-loop') ?? nothing);
    await askers.ask(batchRequests);
    const after = counted.map(({ pid }) => readCalls(pid, 'event-loop') ?? nothing);
    rows.push(after.map(({ reads, writes }, index) => besides({ reads, writes }, before[index] ?? nothing)));
  }
  const counts: Counts[] = [];
  for (const [index, { probe }] of counted.entries()) {
    const little = (key: keyof Calls): number =>
      low(
        rows.map((row) => row[index]?.[key] ?? Number.NaN),
        1 / 8,
      ) / batchRequests;
    counts.push({
      ...definedCalls({ reads: little('reads'), writes: little('writes') }),
      ...(await fewObjects(probe, askers)),
    });
  }
  return counts;
}

function besides(after: Calls, before: Calls): Calls {
  return { reads: after.reads - before.reads, writes: after.writes - before.writes };
}

async function fewObjects(probe: Probe, askers: Askers): Promise<Counts> {
  const [asked, unasked]: [AllocatedObjects[], AllocatedObjects[]] = [[], []];
  for (let batch = 0; batch < objectBatches; batch += 1) {
    asked.push(await probe.objectsOf(() => askers.ask(objectRequests)));
    unasked.push(await probe.objectsOf(async () => undefined));
  }
  // What the relay tells the client every so often makes more objects there than a request.
  const lowOf = (all: readonly AllocatedObjects[], key: keyof AllocatedObjects): number =>
    low(
      all.map((one) => one[key]),
      1 / 10,
    );
  const few = (key: keyof AllocatedObjects): number =>
    rounded((lowOf(asked, key) - lowOf(unasked, key)) / objectRequests);
  return { allocatedBytes: few('bytes'), objects: few('count') };
}

/** What each process counts while `work` runs. */
async function spentOn(counted: readonly Counted[], work: () => Promise<void>): Promise<Row[]> {
  const look = async (): Promise<Row[]> => {
    const found = [];
    for (const { pid, probe } of counted) {
      const bytes = await probe.allocated();
      found.push({ ...(readCalls(pid, 'event-loop') ?? nothing), bytes });
    }
    return found;
  };
  const before = await look();
  await work();
  const after = await look();
  return after.map((row, index) => {
    const earlier = before[index] ?? nothing;
    return { ...besides(row, earlier), bytes: row.bytes - earlier.bytes };
  });
}

async function manyAtOnce(counted: readonly Counted[], askers: Askers): Promise<Counts[]> {
  const rows = await spentOn(counted, () => askers.ask(manyRequests));
  const counts: Counts[] = [];
  for (const [index, { probe }] of counted.entries()) {
    const { reads, writes, bytes } = rows[index] ?? nothing;
    const shares: number[] = [];
    for (let round = 0; round < manyRounds; round += 1)
      shares.push(await probe.collectionShareOf(() => askers.ask(manyRequests)));
    counts.push({
      ...definedCalls({ reads: reads / manyRequests, writes: writes / manyRequests }),
      allocatedBytes: rounded(bytes / manyRequests),
      gcShare: rounded(median(shares)),
    });
  }
  return counts;
}

/** System calls of an event loop for one request but those that wait, in a round that had few; null where nobody can count them. */
async function fewWorkCalls({ name, pid }: Counted, askers: Askers, say: Say): Promise<number | null> {
  const rounds: number[] = [];
  for (let round = 0; round < workCallRounds; round += 1) {
    const found = await workCallsOf(pid, () => askers.ask(workCallRequests));
    const calls = countOr(found, `System calls of the ${name}`, say);
    if (calls === null) return null;
    rounds.push(calls);
  }
  return rounded(Math.min(...rounds) / workCallRequests);
}

async function withOutside(
  counted: readonly Counted[],
  askers: Askers,
  counts: readonly Counts[],
  benchCase: string,
  say: Say,
): Promise<Figure[]> {
  const requests = 2000;
  const figures: Figure[] = [];
  for (const [index, one] of counted.entries()) {
    const work = (): Promise<void> => askers.ask(requests);
    const asleep = readThreads(one.pid).get('main')?.sleeps;
    await work();
    const awake = readThreads(one.pid).get('main')?.sleeps;
    const each = (key: keyof Counts, found: OutsideCount): Counts => {
      const count = countOr(found, `${key} of the ${one.name}`, say);
      return count === null ? {} : { [key]: rounded(count / requests) };
    };
    figures.push(
      figure(benchCase, one, {
        ...counts[index],
        ...(asleep === undefined || awake === undefined ? {} : { sleeps: rounded((awake - asleep) / requests) }),
        ...each('loopCalls', await systemCallsOf(one.pid, 'event-loop', work)),
        ...each('systemCalls', await systemCallsOf(one.pid, 'all', work)),
        ...each('instructions', await instructionsOf(one.pid, work)),
      }),
    );
  }
  return figures;
}

type Say = (line: string) => void;

/** The count, or null and a line that says why there is none. */
function countOr(found: OutsideCount, what: string, say: Say): number | null {
  if (found.count === null) say(`Without ${what}: ${found.because}.`);
  return found.count;
}

/** Without what there is no /proc for. */
function definedCalls({ reads, writes }: Calls): Counts {
  return Number.isNaN(reads) ? {} : { readCalls: rounded(reads), writeCalls: rounded(writes) };
}
