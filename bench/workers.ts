import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { redisProgram, startRedis } from '../test/support/start-redis.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { readUsage, watchMemory } from './measure/process-usage.ts';
import { readThreads, type TurnUsage, usageOfEach, usedBetween } from './measure/thread-usage.ts';
import { startScript } from './start-process.ts';
import { audience, type Crowd, type CrowdPlan, startCrowd } from './systems/crowd.ts';

const tunnels = 4;
const processors = 4;
const connectionsPerTunnel = 8;

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
  readonly whole: number;
  /** First processes of relays, then workers. */
  readonly each: readonly number[];
  /** Of each thread of each process, by its name and the process. */
  readonly threads: ReadonlyMap<string, number>;
  readonly primaryThreads: ReturnType<typeof readThreads>;
}

/** CPU time of the relays so far. */
function crowdCpu({ relayPids, workerPids }: Crowd): CrowdCpu | null {
  const wholes = relayPids.map((pid) => readUsage([pid])?.cpuMs);
  if (wholes.includes(undefined)) return null;
  const whole = wholes.reduce<number>((sum, cpuMs) => sum + (cpuMs ?? 0), 0);
  const workers = workerPids.map((pid) => readUsage([pid])?.cpuMs ?? 0);
  const threads = new Map<string, number>();
  for (const pid of [...relayPids, ...workerPids])
    for (const [name, { cpuMs }] of readThreads(pid)) threads.set(`${pid} ${name}`, cpuMs);
  // What is read of a primary process contains its workers.
  const firsts = workers.length === 0 ? wholes.map(Number) : [whole - workers.reduce((sum, cpuMs) => sum + cpuMs, 0)];
  const primaryThreads = readThreads(relayPids[0] ?? process.pid);
  return { whole, each: [...firsts, ...workers], threads, primaryThreads };
}

async function sample(crowd: Crowd, seconds: number): Promise<Sample> {
  const memory = watchMemory(crowd.relayPids);
  const before = crowdCpu(crowd);
  const results = await Promise.all(
    crowd.ports.map((port) => load({ port, headers: {} }, connectionsPerTunnel, seconds)),
  ).finally(() => memory.stop());
  const after = crowdCpu(crowd);
  const most = memory.stop();
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const timed = {
    requestsPerSecond: results.reduce((sum, result) => sum + result.requestsPerSecond, 0),
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
  };
  if (before === null || after === null || most === null) return timed;
  const each = after.each.map((cpuMs, index) => cpuMs - (before.each[index] ?? 0));
  const threads = [...after.threads].map(([thread, cpuMs]) => cpuMs - (before.threads.get(thread) ?? 0));
  return {
    ...timed,
    relayCpuMsPerRequest: (after.whole - before.whole) / requests,
    ...(crowd.workerPids.length === 0 ? {} : { primaryCpuMsPerRequest: (each[0] ?? Number.NaN) / requests }),
    busiestCpuMsPerRequest: Math.max(...each) / requests,
    busiestThreadMsPerRequest: Math.max(...threads) / requests,
    rssMb: most / 1_000_000,
    primaryThreads: { requests, threads: usedBetween(before.primaryThreads, after.primaryThreads) },
  };
}

/**
 * One process, several of one relay, or several relays: small JSON through four tunnels at once. Requests a second say what
 * this machine does. What bounds a machine with more processors is the CPU time of the busiest thread, or all of it together
 * beside that of all processors: `derivedRequestsPerSecond` is the lower of both on four that have nothing else to do.
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
    for (const crowd of crowds) await sample(crowd, 1);
    const samples = new Map<string, Sample[]>();
    for (let round = 1; round <= options.rounds; round += 1) {
      options.say(`Round ${round} of ${options.rounds}`);
      for (const crowd of crowds)
        samples.set(crowd.name, [...(samples.get(crowd.name) ?? []), await sample(crowd, seconds)]);
    }
    for (const [name, taken] of samples) {
      const turns = taken.flatMap(({ primaryThreads }) => primaryThreads ?? []);
      if (turns.length > 0) options.say(`${name}, first process, each request: ${usageOfEach(turns)}`);
    }
    const figures = crowds.map(({ name }) => summarise(name, samples.get(name) ?? []));
    const one = figures[0]?.derivedRequestsPerSecond;
    return figures.map((figure, index) => {
      const derived = figure.derivedRequestsPerSecond;
      if (index === 0 || one === undefined || derived === undefined) return figure;
      return { ...figure, toBaseline: rounded(derived / one) };
    });
  } finally {
    for (const crowd of crowds) await crowd.close();
    await redis?.stop();
    await upstream.close();
    await idp.close();
    rmSync(root, { recursive: true, force: true });
  }
};

function summarise(system: string, samples: readonly Sample[]): Figure {
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
  return { bench: 'workers', case: `small-json-${tunnels}x${connectionsPerTunnel}`, system, ...figure };
}
