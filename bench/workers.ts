import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeDemoCertificates } from '../test/support/demo-certificates.ts';
import type { ConfigInput } from '../test/support/demo-config.ts';
import { freePort } from '../test/support/free-port.ts';
import { type Idp, startIdp } from '../test/support/idp/start-idp.ts';
import { startRelayProcess } from '../test/support/start-relay-process.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { readUsage, watchMemory } from './measure/process-usage.ts';
import { readThreads } from './measure/thread-usage.ts';
import { startScript } from './start-process.ts';

/** Processes that carry tunnels: one does everything, or so many beside a primary process. */
const workerCounts = [1, 2, 4] as const;
const processors = 4;
const tunnels = 4;
const connectionsPerTunnel = 8;
const audience = 'https://relay.example.com';

/** A relay of so many workers, with clients that each have a tunnel. */
interface Candidate {
  readonly name: string;
  readonly relayPid: number;
  /** Of the processes that carry tunnels; empty when the relay is one process. */
  readonly workerPids: readonly number[];
  /** Local ports of the clients. */
  readonly ports: readonly number[];
  readonly close: () => Promise<void>;
}

async function startCandidate(root: string, workers: number, idp: Idp, upstreamPort: number): Promise<Candidate> {
  const dir = join(root, `workers-${workers}`);
  mkdirSync(join(dir, 'data'), { recursive: true, mode: 0o700 });
  const { ca } = await makeDemoCertificates(dir);
  const port = await freePort();
  const relayUrl = `https://127.0.0.1:${port}`;
  const config: ConfigInput = {
    relay: {
      name: 'Bench',
      url: relayUrl,
      listen: { host: '127.0.0.1', port },
      tls: { cert: 'relay.pem', key: 'relay-key.pem' },
      drain_seconds: 0,
      workers,
    },
    issuers: [{ name: 'Bench', issuer: idp.issuer, client_id: idp.clientId, audience }],
    apis: [
      {
        id: 'bench',
        name: 'Bench',
        upstream: `http://127.0.0.1:${upstreamPort}`,
        rules: [{ name: 'developers', groups: ['developers'] }],
      },
    ],
  };
  const configPath = join(dir, 'relay.yaml');
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  const relay = await startRelayProcess({ configPath });
  const closers: (() => Promise<unknown>)[] = [() => relay.stop()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const ports: number[] = [];
    for (let index = 0; index < tunnels; index += 1) {
      const client = await startScript('causeway-client', { relayUrl, ca });
      closers.push(client.close);
      ports.push(Number(client.ready['port']));
    }
    const started = relay.log.filter(({ msg }) => msg === 'worker started');
    const workerPids = started.map(({ pid }) => Number(pid));
    return {
      name: workers === 1 ? 'one-process' : `${workers}-workers`,
      relayPid: relay.pid,
      workerPids,
      ports,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Sample = Required<Pick<Figure, 'requestsPerSecond' | 'p50Ms' | 'p99Ms'>> &
  Pick<
    Figure,
    'relayCpuMsPerRequest' | 'primaryCpuMsPerRequest' | 'busiestCpuMsPerRequest' | 'busiestThreadMsPerRequest' | 'rssMb'
  >;

interface RelayCpu {
  readonly whole: number;
  /** The primary process first. */
  readonly each: readonly number[];
  /** Of each thread of each process, by its name and the process. */
  readonly threads: ReadonlyMap<string, number>;
}

/** CPU time of the relay so far. */
function relayCpu({ relayPid, workerPids }: Candidate): RelayCpu | null {
  const whole = readUsage([relayPid]);
  if (whole === null) return null;
  const workers = workerPids.map((pid) => readUsage([pid])?.cpuMs ?? 0);
  const threads = new Map<string, number>();
  for (const pid of [relayPid, ...workerPids])
    for (const [name, { cpuMs }] of readThreads(pid)) threads.set(`${pid} ${name}`, cpuMs);
  const primary = whole.cpuMs - workers.reduce((sum, cpuMs) => sum + cpuMs, 0);
  return { whole: whole.cpuMs, each: [primary, ...workers], threads };
}

async function sample(candidate: Candidate, seconds: number): Promise<Sample> {
  const memory = watchMemory([candidate.relayPid]);
  const before = relayCpu(candidate);
  const results = await Promise.all(
    candidate.ports.map((port) => load({ port, headers: {} }, connectionsPerTunnel, seconds)),
  ).finally(() => memory.stop());
  const after = relayCpu(candidate);
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
    ...(candidate.workerPids.length === 0 ? {} : { primaryCpuMsPerRequest: (each[0] ?? Number.NaN) / requests }),
    busiestCpuMsPerRequest: Math.max(...each) / requests,
    busiestThreadMsPerRequest: Math.max(...threads) / requests,
    rssMb: most / 1_000_000,
  };
}

/**
 * One process or several: small JSON through four tunnels at once. Requests a second say what this machine does. What
 * bounds a machine with more processors is the CPU time of the busiest thread, or all of it together beside that of all
 * processors: `derivedRequestsPerSecond` is the lower of both on four that have nothing else to do.
 */
export const workers: Bench = async (options) => {
  const seconds = options.quick ? 1 : 5;
  const root = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  const candidates: Candidate[] = [];
  try {
    for (const count of workerCounts)
      candidates.push(await startCandidate(root, count, idp, Number(upstream.ready['port'])));
    for (const candidate of candidates) await sample(candidate, 1);
    const samples = new Map<string, Sample[]>();
    for (let round = 1; round <= options.rounds; round += 1) {
      options.say(`Round ${round} of ${options.rounds}`);
      for (const candidate of candidates) {
        samples.set(candidate.name, [...(samples.get(candidate.name) ?? []), await sample(candidate, seconds)]);
      }
    }
    const figures = candidates.map(({ name }) => summarise(name, samples.get(name) ?? []));
    const one = figures[0]?.derivedRequestsPerSecond;
    return figures.map((figure, index) => {
      const derived = figure.derivedRequestsPerSecond;
      if (index === 0 || one === undefined || derived === undefined) return figure;
      return { ...figure, toBaseline: rounded(derived / one) };
    });
  } finally {
    for (const candidate of candidates) await candidate.close();
    await upstream.close();
    await idp.close();
    rmSync(root, { recursive: true, force: true });
  }
};

function summarise(system: string, samples: readonly Sample[]): Figure {
  const figure: Partial<Record<keyof Sample | 'derivedRequestsPerSecond', number>> = {};
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
