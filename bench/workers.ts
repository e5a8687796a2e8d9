import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
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
import { startScript } from './start-process.ts';

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
  Pick<Figure, 'relayCpuMsPerRequest' | 'busiestCpuMsPerRequest' | 'rssMb'>;

/** CPU time of the relay's processes so far: all together, and each for itself. */
function relayCpu({ relayPid, workerPids }: Candidate): { whole: number; each: readonly number[] } | null {
  const whole = readUsage([relayPid]);
  if (whole === null) return null;
  const workers = workerPids.map((pid) => readUsage([pid])?.cpuMs ?? 0);
  return { whole: whole.cpuMs, each: [whole.cpuMs - workers.reduce((sum, cpuMs) => sum + cpuMs, 0), ...workers] };
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
  return {
    ...timed,
    relayCpuMsPerRequest: (after.whole - before.whole) / requests,
    busiestCpuMsPerRequest: Math.max(...after.each.map((cpuMs, index) => cpuMs - (before.each[index] ?? 0))) / requests,
    rssMb: most / 1_000_000,
  };
}

/**
 * One process or several: small JSON through four tunnels at once. Requests a second say what this machine does; the
 * CPU time of the busiest process is what bounds a machine with more processors than the relay has processes.
 */
export const workers: Bench = async (options) => {
  const seconds = options.quick ? 1 : 5;
  const counts = [...new Set([1, 2, Math.min(4, Math.max(2, availableParallelism() - 1))])];
  const root = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  const candidates: Candidate[] = [];
  try {
    for (const count of counts) candidates.push(await startCandidate(root, count, idp, Number(upstream.ready['port'])));
    for (const candidate of candidates) await sample(candidate, 1);
    const samples = new Map<string, Sample[]>();
    for (let round = 1; round <= options.rounds; round += 1) {
      options.say(`Round ${round} of ${options.rounds}`);
      for (const candidate of candidates) {
        samples.set(candidate.name, [...(samples.get(candidate.name) ?? []), await sample(candidate, seconds)]);
      }
    }
    return candidates.map(({ name }) => summarise(name, samples.get(name) ?? []));
  } finally {
    for (const candidate of candidates) await candidate.close();
    await upstream.close();
    await idp.close();
    rmSync(root, { recursive: true, force: true });
  }
};

function summarise(system: string, samples: readonly Sample[]): Figure {
  const figure: Record<string, number> = {};
  const names = ['requestsPerSecond', 'p50Ms', 'p99Ms', 'relayCpuMsPerRequest', 'busiestCpuMsPerRequest'] as const;
  for (const name of names) {
    const values = samples.map((one) => one[name]).filter((value) => value !== undefined);
    if (values.length > 0) figure[name] = rounded(median(values));
  }
  const memory = samples.map(({ rssMb }) => rssMb).filter((value) => value !== undefined);
  if (memory.length > 0) figure['rssMb'] = rounded(Math.max(...memory));
  return { bench: 'workers', case: `small-json-${tunnels}x${connectionsPerTunnel}`, system, ...figure };
}
