import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { redisProgram, startRedis } from '../test/support/start-redis.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { load, type LoadResult } from './measure/load.ts';
import { readCpuOfEach, watchMemory } from './measure/process-usage.ts';
import { readThreads, type TurnUsage, usageOfEach, usedBetween } from './measure/thread-usage.ts';
import { startScript } from './start-process.ts';
import { audience, type Crowd, type CrowdPlan, startCrowd } from './systems/crowd.ts';

const tunnels = 4;
const processors = 4;

/** How the tunnels are loaded. */
interface Way {
  readonly name: string;
  readonly connectionsPerTunnel: number;
  /** One tunnel after the other, so that no process takes processors and caches from those that are to be measured. */
  readonly inTurn: boolean;
}

const ways: readonly Way[] = [
  { name: 'small-json-at-once-4x8', connectionsPerTunnel: 8, inTurn: false },
  { name: 'small-json-in-turn-4x64', connectionsPerTunnel: 64, inTurn: true },
];

/** What carries the same four tunnels: one process, several of one relay, several relays that count together in Redis. */
const plans: readonly CrowdPlan[] = [
  { name: 'one-process', relays: 1, workers: 1, tunnels },
  { name: '2-workers', relays: 1, workers: 2, tunnels },
  { name: '4-workers', relays: 1, workers: 4, tunnels },
  { name: '2-relays', relays: 2, workers: 1, tunnels },
  { name: '4-relays', relays: 4, workers: 1, tunnels },
];

type Sample = Required<Pick<Figure, 'requestsPerSecond' | 'p50Ms' | 'p99Ms'>> &
  Pick<
    Figure,
    'relayCpuMsPerRequest' | 'primaryCpuMsPerRequest' | 'busiestCpuMsPerRequest' | 'busiestThreadMsPerRequest' | 'rssMb'
  > & { readonly primaryThreads?: TurnUsage };

interface CrowdCpu {
  /** Of each process of the relays, by its pid. */
  readonly each: ReadonlyMap<number, number>;
  /** Of each thread of each process, by its name and the process. */
  readonly threads: ReadonlyMap<string, number>;
  readonly primaryThreads: ReturnType<typeof readThreads>;
}

/** CPU time of the relays so far. */
function crowdCpu({ relayPids }: Crowd): CrowdCpu | null {
  const each = readCpuOfEach(relayPids);
  if (each === null) return null;
  const threads = new Map<string, number>();
  for (const pid of each.keys()) for (const [name, { cpuMs }] of readThreads(pid)) threads.set(`${pid} ${name}`, cpuMs);
  return { each, threads, primaryThreads: readThreads(relayPids[0] ?? process.pid) };
}

/** Of what both have, how much more the later one says. */
function growth<Key>(before: ReadonlyMap<Key, number>, after: ReadonlyMap<Key, number>): ReadonlyMap<Key, number> {
  return new Map([...after].map(([key, cpuMs]) => [key, cpuMs - (before.get(key) ?? 0)]));
}

/** Loads all tunnels for so long in all, and says what each of them did. */
async function loadTunnels({ ports }: Crowd, way: Way, seconds: number): Promise<readonly LoadResult[]> {
  const { connectionsPerTunnel, inTurn } = way;
  if (!inTurn) return Promise.all(ports.map((port) => load({ port, headers: {} }, connectionsPerTunnel, seconds)));
  const results: LoadResult[] = [];
  for (const port of ports)
    results.push(await load({ port, headers: {} }, connectionsPerTunnel, Math.ceil(seconds / 2)));
  return results;
}

async function sample(crowd: Crowd, way: Way, seconds: number): Promise<Sample> {
  const memory = watchMemory(crowd.relayPids);
  const before = crowdCpu(crowd);
  const results = await loadTunnels(crowd, way, seconds).finally(() => memory.stop());
  const after = crowdCpu(crowd);
  const most = memory.stop();
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const atOnce = results.reduce((sum, result) => sum + result.requestsPerSecond, 0);
  const timed = {
    requestsPerSecond: way.inTurn ? atOnce / results.length : atOnce,
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
  };
  if (before === null || after === null || most === null) return timed;
  const each = growth(before.each, after.each);
  const primary = each.get(crowd.relayPids[0] ?? 0) ?? Number.NaN;
  return {
    ...timed,
    relayCpuMsPerRequest: [...each.values()].reduce((sum, cpuMs) => sum + cpuMs, 0) / requests,
    ...(crowd.workerPids.length === 0 ? {} : { primaryCpuMsPerRequest: primary / requests }),
    busiestCpuMsPerRequest: Math.max(...each.values()) / requests,
    busiestThreadMsPerRequest: Math.max(...growth(before.threads, after.threads).values()) / requests,
    rssMb: most / 1_000_000,
    primaryThreads: { requests, threads: usedBetween(before.primaryThreads, after.primaryThreads) },
  };
}

/**
 * One process, several of one relay, or several relays: small JSON through four tunnels, at once and one after the other. Requests
 * a second say what this machine does. What bounds a machine with more processors is the CPU time of the busiest thread, or all
 * of it together beside that of all processors: `derivedRequestsPerSecond` is the lower of both on four that have nothing else to
 * do, and `toBaseline` is beside that of one process. `busiestToBaseline` is how many times as many requests follow where each
 * process has as many processors as it can use: by the CPU time of the busiest process alone.
 */
export const workers: Bench = async (options) => {
  const seconds = options.quick ? 1 : 5;
  const root = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  const redis = redisProgram === null ? undefined : await startRedis();
  if (redis === undefined) options.say('Without several relays: there is no Redis on this machine.');
  const crowds: Crowd[] = [];
  try {
    for (const plan of plans) {
      const shared = plan.relays > 1 ? redis : undefined;
      if (plan.relays > 1 && shared === undefined) continue;
      crowds.push(await startCrowd(plan, { root, idp, upstreamPort: Number(upstream.ready['port']), redis: shared }));
    }
    for (const crowd of crowds) for (const way of ways) await sample(crowd, way, 1);
    const samples = new Map<string, Sample[]>();
    const keyOf = (crowd: Crowd, way: Way): string => `${crowd.name}, ${way.name}`;
    for (let round = 1; round <= options.rounds; round += 1) {
      options.say(`Round ${round} of ${options.rounds}`);
      for (const way of ways)
        for (const crowd of round % 2 === 1 ? crowds : crowds.toReversed()) {
          const key = keyOf(crowd, way);
          samples.set(key, [...(samples.get(key) ?? []), await sample(crowd, way, seconds)]);
        }
    }
    for (const [key, taken] of samples) {
      const turns = taken.flatMap(({ primaryThreads }) => primaryThreads ?? []);
      if (turns.length > 0) options.say(`${key}, first process, each request: ${usageOfEach(turns)}`);
    }
    return ways.flatMap((way) =>
      besideOne(crowds.map((crowd) => summarise(way.name, crowd.name, samples.get(keyOf(crowd, way)) ?? []))),
    );
  } finally {
    for (const crowd of crowds) await crowd.close();
    await redis?.stop();
    await upstream.close();
    await idp.close();
    rmSync(root, { recursive: true, force: true });
  }
};

/** The first is one process; the others are told beside it. */
function besideOne(figures: readonly Figure[]): readonly Figure[] {
  const [one] = figures;
  return figures.map((figure) => {
    const { derivedRequestsPerSecond: derived, busiestCpuMsPerRequest: busiest } = figure;
    const [derivedOfOne, busiestOfOne] = [one?.derivedRequestsPerSecond, one?.busiestCpuMsPerRequest];
    if (figure === one || derived === undefined || derivedOfOne === undefined) return figure;
    if (busiest === undefined || busiestOfOne === undefined) return figure;
    return {
      ...figure,
      toBaseline: rounded(derived / derivedOfOne),
      busiestToBaseline: rounded(busiestOfOne / busiest),
    };
  });
}

function summarise(benchCase: string, system: string, samples: readonly Sample[]): Figure {
  const figure: Partial<Record<Exclude<keyof Sample, 'primaryThreads'> | 'derivedRequestsPerSecond', number>> = {};
  const names = [
    'requestsPerSecond',
    'p50Ms',
    'p99Ms',
    'relayCpuMsPerRequest',
    'primaryCpuMsPerRequest',
    'busiestCpuMsPerRequest',
    'busiestThreadMsPerRequest',
  ] as const;
  for (const name of names) {
    const values = samples.map((one) => one[name]).filter((value) => value !== undefined);
    if (values.length > 0) figure[name] = rounded(median(values));
  }
  const memory = samples.map(({ rssMb }) => rssMb).filter((value) => value !== undefined);
  if (memory.length > 0) figure.rssMb = rounded(Math.max(...memory));
  const { busiestThreadMsPerRequest: busiest, relayCpuMsPerRequest: whole } = figure;
  if (busiest !== undefined && whole !== undefined)
    figure.derivedRequestsPerSecond = rounded(1000 / Math.max(busiest, whole / processors));
  return { bench: 'workers', case: benchCase, system, ...figure };
}
