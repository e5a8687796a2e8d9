import { setTimeout as wait } from 'node:timers/promises';
import { type AttackWorld, maxSeconds, startAttackWorld } from './attack-world.ts';
import { startCanary } from './canary.ts';
import { escaped, type Evidence, type SeenAnswer } from './evidence.ts';
import { isRecorded, judgeCase, judgeSighting } from './judge-case.ts';
import { type Kind, kindOf, kinds } from './kinds.ts';
import { randomOfCase } from './seeded-random.ts';
import { openDescriptors } from './open-descriptors.ts';
import { vitalsAreKnown, type Vitals, type WatchedProcess, watchProcess } from './watch-process.ts';

/** Something that went wrong; `case` is null where it isn't known of which case it comes. */
export interface Finding {
  readonly case: number | null;
  readonly kind: string;
  readonly what: readonly string[];
  /** Escaped bytes of both sides, as far as they were kept. */
  readonly fromCaller: string;
  readonly fromUpstream: string;
  /** The answers that the caller got, and what the audit says of those that failed, shortened. */
  readonly answers: readonly string[];
}

export interface KindCounts {
  tried: number;
  /** Answers by what they were: whole or cut, of an upstream or the relay's own. */
  readonly answers: Record<'passed on' | 'relay’s own' | 'cut' | 'none', number>;
  delivered: number;
  findings: number;
}

export interface AttackReport {
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  readonly kinds: Readonly<Record<string, KindCounts>>;
  readonly findings: readonly Finding[];
  readonly canary: {
    readonly calls: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly slowestMs: number;
  };
  readonly processes: readonly { readonly watched: WatchedProcess; readonly end: Vitals | null }[];
}

export interface AttackOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Repeats this case alone. */
  readonly onlyCase?: number;
  readonly atOnce?: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (cases: number, findings: number) => void;
  /** Told of each finding as it comes. */
  readonly onFinding?: (finding: Finding) => void;
}

const mostMiB = { relay: 900, connect: 500 } as const;
const canaryBoundMs = 3000;
const maxFindings = 50;
/** Files and sockets that may be open besides what was open before the load. */
const descriptorSlack = 12;
const settleMs = 15_000;

/** Runs generated cases, many at once, until the time is over; what goes wrong is collected, not thrown. */
export async function runAttack(options: AttackOptions): Promise<AttackReport> {
  const world = await startAttackWorld(options.seed);
  try {
    return await attack(world, options);
  } finally {
    await world.close();
  }
}

async function attack(world: AttackWorld, options: AttackOptions): Promise<AttackReport> {
  const counts: Record<string, KindCounts> = Object.fromEntries(kinds.map(({ name }) => [name, noCounts()]));
  const findings: Finding[] = [];
  const found = (what: readonly string[], evidence: Evidence | null, kind = evidence?.kind ?? 'processes'): void => {
    const count = counts[kind];
    if (count !== undefined) count.findings += 1;
    if (findings.length >= maxFindings) return;
    const [fromCaller, fromUpstream] = [escaped(evidence?.fromCaller ?? []), escaped(evidence?.fromUpstream ?? [])];
    const audited = evidence === null ? [] : auditedOf(world, evidence).flatMap(({ outcomes }) => outcomes);
    const notes = audited
      .filter(({ detail }) => detail !== null)
      .map((record) => `audited: ${record.outcome}, ${record.detail}`);
    const answers = [...(evidence?.answers ?? []).slice(0, 5).map(answerWords), ...notes.slice(0, 3)];
    const finding = { case: evidence?.number ?? null, kind, what, fromCaller, fromUpstream, answers };
    findings.push(finding);
    options.onFinding?.(finding);
  };
  const canary = startCanary(world.client.port('canary'), canaryBoundMs);
  await wait(500);
  const watched = { relay: watchProcess('relay', world.relay.pid), connect: watchProcess('connect', world.client.pid) };
  const startMs = performance.now();
  const endMs = startMs + options.durationMs;
  const isOver = (): boolean => performance.now() >= endMs;
  let [cases, dead] = [0, false];

  const look = (): void => {
    world.audit.pull();
    for (const [name, process] of Object.entries(watched) as ['relay' | 'connect', WatchedProcess][]) {
      const vitals = process.look();
      const gone = vitals === null && vitalsAreKnown;
      if (gone && !dead) found([`${name} has ended: ${lastWords(world)}`], null);
      if (gone) dead = true;
      if (vitals !== null && vitals.residentMiB > mostMiB[name]) {
        found([`${name} uses ${vitals.residentMiB} MiB, more than ${mostMiB[name]}`], null);
        dead = true;
      }
    }
    for (const complaint of [...world.complaints.splice(0), ...world.audit.complaints.splice(0)])
      found([complaint], null);
    options.onProgress?.(cases, findings.length);
  };
  let judged = false;
  const watching = (async () => {
    while (!judged && !dead) {
      look();
      await wait(500);
    }
  })();

  const judging = new Judging();
  let next = options.onlyCase ?? 0;
  const workers = Array.from({ length: options.onlyCase === undefined ? (options.atOnce ?? 96) : 1 }, async () => {
    while (!isOver() && !dead) {
      const number = next;
      if (options.onlyCase === undefined) next += 1;
      const random = randomOfCase(world.seed, number);
      const kind = kindOf(random);
      const evidence = await runCase(world, kind, number, random.pick(kind.apis), random);
      cases += 1;
      judging.add(
        settle(world, evidence, counts, found).finally(() => judging.delete(evidence.number)),
        number,
      );
      if (options.onlyCase !== undefined) break;
    }
  });
  await Promise.all(workers);
  await judging.all();
  judged = true;
  world.audit.pull();
  for (const stray of world.strays) {
    const what = judgeSighting(stray, world.audit.requests.get(stray.requestId));
    if (what.length > 0) found(what, null);
  }
  const seconds = (performance.now() - startMs) / 1000;
  await watching;
  await canary.stop();
  look();
  for (const complaint of canary.complaints) found([complaint], null);
  const ends = dead ? [null, null] : await restored(world, watched, (what) => found([what], null));
  if (!dead) await endInTime(world, (what) => found([what], null));
  const { calls, slowestMs } = canary;
  return {
    seed: world.seed,
    cases,
    seconds,
    kinds: counts,
    findings,
    canary: { calls, slowestMs, p50Ms: canary.percentile(0.5), p99Ms: canary.percentile(0.99) },
    processes: [watched.relay, watched.connect].map((process, index) => ({
      watched: process,
      end: ends[index] ?? null,
    })),
  };
}

class Judging {
  readonly #running = new Map<number, Promise<void>>();

  add(promise: Promise<void>, number: number): void {
    this.#running.set(number, promise);
  }

  delete(number: number): void {
    this.#running.delete(number);
  }

  async all(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}

function noCounts(): KindCounts {
  return { tried: 0, answers: { 'passed on': 0, 'relay’s own': 0, cut: 0, none: 0 }, delivered: 0, findings: 0 };
}

function answerWords({ status, whole, bytes, problem, beginning }: SeenAnswer): string {
  const detail = problem ? (/"detail":"(.*?)","/u.exec(Buffer.from(beginning, 'latin1').toString())?.[1] ?? '') : '';
  return `${status} of ${bytes} bytes${whole ? '' : ', cut'}${problem ? `, the relay’s own: ${detail}` : ''}`;
}

function lastWords(world: AttackWorld): string {
  return `${JSON.stringify(world.relay.log.slice(-3))} ${world.client.lastWords}`;
}

async function runCase(
  world: AttackWorld,
  kind: Kind,
  number: number,
  api: string,
  random: ReturnType<typeof randomOfCase>,
): Promise<Evidence> {
  const evidence: Evidence = {
    number,
    kind: kind.name,
    api,
    promise: 'any',
    wanted: [],
    sightings: [],
    answers: [],
    fromCaller: [],
    fromUpstream: [],
    lie: '',
    lieIsWhole: true,
    left: false,
    complaints: [],
  };
  world.cases.set(number, evidence);
  await kind.run(random, evidence, world.client.port(api)).catch((error: unknown) => {
    evidence.complaints.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  });
  return evidence;
}

/** Waits until the audit knows how everything of a case ended, then compares. */
async function settle(
  world: AttackWorld,
  evidence: Evidence,
  counts: Readonly<Record<string, KindCounts>>,
  found: (what: readonly string[], evidence: Evidence) => void,
): Promise<void> {
  const endMs = performance.now() + maxSeconds * 1000 + settleMs;
  await wait(200);
  while (performance.now() < endMs && !isRecorded(evidence, auditedOf(world, evidence))) await wait(500);
  const complaints = judgeCase(evidence, auditedOf(world, evidence));
  if (complaints.length > 0)
    found([...complaints, `(${evidence.api}${evidence.lie === '' ? '' : `, ${evidence.lie}`})`], evidence);
  const count = counts[evidence.kind];
  if (count === undefined) return;
  count.tried += 1;
  count.delivered += evidence.sightings.length;
  if (evidence.answers.length === 0) count.answers.none += 1;
  for (const { whole, problem } of evidence.answers) {
    count.answers[whole ? (problem ? 'relay’s own' : 'passed on') : 'cut'] += 1;
  }
  // A late request of a case that is over is seen as one of no case.
  setTimeout(() => world.cases.delete(evidence.number), settleMs).unref();
}

function auditedOf({ audit }: AttackWorld, { number, answers }: Evidence): ReturnType<AttackWorld['audit']['ofCase']> {
  const audited = audit.ofCase(number);
  // Refused before a path was known: the answer alone says to which request the record belongs.
  const others = answers.flatMap(({ requestId }) => audit.requests.get(requestId) ?? []);
  return [...new Set([...audited, ...others])];
}

/** The load is over and every connection closed: what was taken for it is given back. */
async function restored(
  world: AttackWorld,
  watched: Readonly<Record<'relay' | 'connect', WatchedProcess>>,
  found: (what: string) => void,
): Promise<(Vitals | null)[]> {
  world.dropUpstreamConnections();
  const endMs = performance.now() + 20_000;
  const processes = [watched.relay, watched.connect];
  const tooMany = (process: WatchedProcess): boolean =>
    (process.look()?.descriptors ?? 0) > process.start.descriptors + descriptorSlack;
  while (processes.some(tooMany) && performance.now() < endMs) await wait(500);
  for (const process of processes.filter(tooMany)) {
    found(
      `${process.name} had ${process.start.descriptors} descriptors before the load and ${process.look()?.descriptors} after it: ${openDescriptors(process.pid)}`,
    );
  }
  const before = processes.map((process) => process.look()?.cpuSeconds ?? 0);
  await wait(1000);
  const ends = processes.map((process) => process.look());
  for (const [index, process] of processes.entries()) {
    const busy = (ends[index]?.cpuSeconds ?? 0) - (before[index] ?? 0);
    if (busy > 0.7) found(`${process.name} is busy for ${busy} of a second after the load`);
  }
  return ends;
}

async function endInTime(world: AttackWorld, found: (what: string) => void): Promise<void> {
  const client = await world.client.stop(10_000);
  if (client !== 0) found(`connect ended with ${client} when asked to end`);
  const asked = performance.now();
  const relay = await world.relay.stop(15_000);
  const ms = Math.round(performance.now() - asked);
  if (relay !== 0) found(`the relay ended with ${relay}, ${ms} ms after it was asked to end`);
}
