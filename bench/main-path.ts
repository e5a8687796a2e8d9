import { createPublicKey } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { freePort } from '../test/support/free-port.ts';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { median, rounded, type Bench, type Figure } from './figure.ts';
import { durableWrite } from './measure/durable-write.ts';
import { load, loadGenerator } from './measure/load.ts';
import { aimsReached } from './measure/main-path-aims.ts';
import { readUsage, watchMemory } from './measure/process-usage.ts';
import { makeUploadFile, transfer } from './measure/transfer.ts';
import { startScript } from './start-process.ts';
import type { BenchSystem, SystemName } from './systems/bench-system.ts';
import { startSystems } from './systems/start-systems.ts';

const allSystems: readonly SystemName[] = [
  'direct',
  'node-proxy',
  'node-proxy-twice',
  'net-hops',
  'ssh',
  'ssh-apache',
  'chisel',
  'causeway',
];
const gigabyte = 1_000_000_000;

/** What one round of one case gave, before medians. */
type Sample = Readonly<
  Record<'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'bytesPerSecond' | 'cpuMsPerRequest' | 'rssMb', number | undefined>
>;

interface Case {
  readonly name: string;
  readonly measure: (system: BenchSystem) => Promise<{
    readonly requests: number;
    readonly requestsPerSecond?: number;
    readonly p50Ms?: number;
    readonly p99Ms?: number;
    readonly bytesPerSecond?: number;
  }>;
}

async function sample(benchCase: Case, system: BenchSystem): Promise<Sample> {
  const { pids } = system;
  const before = readUsage(pids);
  const memory = system.memoryPids.length === 0 ? null : watchMemory(system.memoryPids);
  const result = await benchCase.measure(system).finally(() => memory?.stop());
  const after = readUsage(pids);
  const most = memory?.stop() ?? null;
  return {
    requestsPerSecond: result.requestsPerSecond,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    bytesPerSecond: result.bytesPerSecond,
    cpuMsPerRequest:
      before === null || after === null || pids.length === 0
        ? undefined
        : (after.cpuMs - before.cpuMs) / result.requests,
    rssMb: most === null ? undefined : most / 1_000_000,
  };
}

function summarise(benchCase: string, system: string, samples: readonly Sample[]): Figure {
  const figure: Record<string, number> = {};
  for (const name of ['requestsPerSecond', 'p50Ms', 'p99Ms', 'bytesPerSecond', 'cpuMsPerRequest', 'rssMb'] as const) {
    const values = samples.map((one) => one[name]).filter((value) => value !== undefined);
    if (values.length > 0) figure[name] = rounded(name === 'rssMb' ? Math.max(...values) : median(values));
  }
  return { bench: 'main-path', case: benchCase, system, ...figure };
}

async function fetchSigningKey(issuer: string): Promise<{ kid: string; pem: string }> {
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: (JWK & { kid: string })[] };
  const [key] = keys;
  if (key === undefined) throw new Error('The identity provider has no key');
  const pem = createPublicKey({ key: { ...key }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return { kid: key.kid, pem: pem.toString() };
}

/**
 * The main path against its peers: small JSON on 32 connections and on one, and 1 GB in each direction; beside
 * them, what a durable write costs on this disk, which every answer of the relay waits for. The systems take turns
 * within each round, so that a slow minute of the machine hits all of them; figures are medians over the rounds.
 */
export const mainPath: Bench = async (options) => {
  const seconds = options.quick ? 1 : 5;
  const bytes = options.quick ? gigabyte / 10 : gigabyte;
  const wanted = new Set(allSystems.filter((name) => options.systems.length === 0 || options.systems.includes(name)));
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  // Apache's workers run as another user and must reach their folder.
  chmodSync(dir, 0o711);
  const relayPort = await freePort();
  const audience = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  try {
    const world = {
      dir,
      upstreamPort: Number(upstream.ready['port']),
      issuer: idp.issuer,
      audience,
      accessToken: await idp.mintAccessToken({ user: 'alice' }),
      signingKey: await fetchSigningKey(idp.issuer),
    };
    const started = await startSystems(world, { relayPort, clientId: idp.clientId, wanted });
    try {
      for (const { name, because } of started.missing) options.say(`Without ${name}: ${because}.`);
      options.say(`Load by ${loadGenerator}; ${options.rounds} rounds of ${seconds} s and ${bytes / 1_000_000} MB.`);
      const uploadFile = makeUploadFile(dir, bytes);
      const cases: readonly Case[] = [
        { name: 'small-json-c32', measure: (system) => load(system, 32, seconds) },
        { name: 'small-json-c1', measure: (system) => load(system, 1, seconds) },
        {
          name: 'download-1gb',
          measure: async (system) => ({ requests: 1, bytesPerSecond: await transfer(system, { download: bytes }) }),
        },
        {
          name: 'upload-1gb',
          measure: async (system) => ({
            requests: 1,
            bytesPerSecond: await transfer(system, { upload: uploadFile, bytes }),
          }),
        },
      ];
      for (const system of started.systems) await load(system, 32, 1);
      const samples = new Map<string, Sample[]>();
      const flushes: ReturnType<typeof durableWrite>[] = [];
      for (let round = 1; round <= options.rounds; round += 1) {
        flushes.push(durableWrite(dir));
        for (const benchCase of cases) {
          options.say(`Round ${round} of ${options.rounds}: ${benchCase.name}`);
          for (const system of started.systems) {
            const key = `${benchCase.name} ${system.name}`;
            samples.set(key, [...(samples.get(key) ?? []), await sample(benchCase, system)]);
          }
        }
      }
      const figures = cases.flatMap((benchCase) =>
        started.systems.map((system) =>
          summarise(benchCase.name, system.name, samples.get(`${benchCase.name} ${system.name}`) ?? []),
        ),
      );
      for (const line of aimsReached(figures)) options.say(line);
      const flush = {
        p50Ms: rounded(median(flushes.map(({ p50Ms }) => p50Ms))),
        p99Ms: rounded(median(flushes.map(({ p99Ms }) => p99Ms))),
      };
      return [...figures, { bench: 'main-path', case: 'durable-write', system: 'disk', ...flush }];
    } finally {
      await started.close();
    }
  } finally {
    await upstream.close();
    await idp.close();
    rmSync(dir, { recursive: true, force: true });
  }
};
