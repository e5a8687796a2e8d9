import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import { startIdp } from '../../test/support/idp/start-idp.ts';
import { type BenchOptions, type Figure, median, rounded } from '../figure.ts';
import { startScript } from '../start-process.ts';
import type { BenchSystem } from '../systems/bench-system.ts';
import { type CausewayOptions, relayFolder, startCauseway } from '../systems/causeway.ts';
import { load } from './load.ts';
import { readUsage } from './process-usage.ts';
import { readThreads, type ThreadUsage, type TurnUsage, usageOfEach, usedBetween } from './thread-usage.ts';

/** A relay as one case has it. */
export interface RelayVariant extends CausewayOptions {
  readonly name: string;
  /** Looks at its data folder when it has stopped, after so many requests; throws when it measured something else. */
  readonly check?: (dataDir: string, requests: number) => void | Promise<void>;
}

interface Started {
  readonly variant: RelayVariant;
  readonly system: BenchSystem;
  readonly dataDir: string;
  requests: number;
  /** What its threads have used in each turn of so many connections. */
  readonly used: Map<number, TurnUsage[]>;
  readonly close: () => Promise<void>;
}

const keys = ['requestsPerSecond', 'p50Ms', 'cpuMsPerRequest', 'relayCpuMsPerRequest'] as const;
type Sample = Readonly<Record<(typeof keys)[number], number>>;

/** What a relay does of a turn's work later, beside the next requests, is counted with the turn. */
const settleMs = 300;

/** How long a turn is, and whether it is told what each of the relays’ threads has used. */
export interface TurnOptions {
  readonly turnSeconds?: number;
  readonly byThread?: boolean;
}

/**
 * Small JSON through relays that differ in one thing. All run at once and take turns, each round in the other order, so
 * that a slow minute of the machine hits all of them. The case of 32 connections has the variant’s name, others a suffix.
 * `toBaseline` is beside the first relay, round by round.
 */
export async function relaysInTurns(
  bench: string,
  variants: readonly RelayVariant[],
  { quick, rounds, say }: BenchOptions,
  connectionCounts: readonly number[],
  { turnSeconds = 5, byThread = false }: TurnOptions = {},
): Promise<readonly Figure[]> {
  const seconds = quick ? 1 : turnSeconds;
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-relays-'));
  const upstream = await startScript('upstream', {});
  const started: Started[] = [];
  const close = async (): Promise<void> => {
    for (const one of started.splice(0)) await one.close();
  };
  try {
    for (const variant of variants) started.push(await start(dir, variant, Number(upstream.ready['port'])));
    for (const one of started) one.requests += (await load(one.system, 32, quick ? 1 : 3)).requests;
    const samples = new Map<string, Sample[]>();
    for (let round = 1; round <= rounds; round += 1) {
      say(`Round ${round} of ${rounds}`);
      for (const connections of connectionCounts)
        for (const one of round % 2 === 1 ? started : started.toReversed()) {
          const name = caseOf(one.variant, connections);
          samples.set(name, [...(samples.get(name) ?? []), await sample(one, connections, seconds)]);
        }
    }
    const stopped = [...started];
    await close();
    for (const { variant, dataDir, requests } of stopped) await variant.check?.(dataDir, requests);
    if (byThread)
      for (const { variant, used } of stopped)
        for (const [connections, turns] of used)
          say(`${caseOf(variant, connections)}, each request: ${usageOfEach(turns)}`);
    return connectionCounts.flatMap((connections) =>
      variants.map((variant, index) => {
        const benchCase = caseOf(variant, connections);
        const own = samples.get(benchCase) ?? [];
        const first = variants[0] ?? variant;
        const beside = index === 0 ? {} : besideFirst(own, samples.get(caseOf(first, connections)) ?? []);
        return { bench, case: benchCase, system: 'causeway', ...middleOf(own), ...beside };
      }),
    );
  } finally {
    await close();
    await upstream.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function start(dir: string, variant: RelayVariant, upstreamPort: number): Promise<Started> {
  const relayPort = await freePort();
  const audience = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const folder = join(dir, variant.name);
  mkdirSync(folder);
  try {
    const world = { dir: folder, upstreamPort, issuer: idp.issuer, audience };
    const system = await startCauseway(world, relayPort, idp.clientId, variant);
    const close = async (): Promise<void> => {
      await system.close();
      await idp.close();
    };
    return { variant, system, dataDir: join(relayFolder(folder), 'data'), requests: 0, used: new Map(), close };
  } catch (error) {
    await idp.close();
    throw error;
  }
}

async function sample(one: Started, connections: number, seconds: number): Promise<Sample> {
  const cpuMs = (): readonly number[] =>
    [one.system.pids, one.system.memoryPids].map((pids) => readUsage(pids)?.cpuMs ?? Number.NaN);
  const [all = 0, relay = 0] = cpuMs();
  const threadsBefore = threadsOf(one.system);
  const { requests, requestsPerSecond, p50Ms } = await load(one.system, connections, seconds);
  await pause(settleMs);
  const [allAfter = 0, relayAfter = 0] = cpuMs();
  one.requests += requests;
  const turns = one.used.get(connections) ?? [];
  one.used.set(connections, turns);
  turns.push({ requests, threads: usedBetween(threadsBefore, threadsOf(one.system)) });
  return {
    requestsPerSecond,
    p50Ms,
    cpuMsPerRequest: (allAfter - all) / requests,
    relayCpuMsPerRequest: (relayAfter - relay) / requests,
  };
}

/** The relay’s threads; it is one process. */
function threadsOf({ memoryPids: [relay] }: BenchSystem): ReadonlyMap<string, ThreadUsage> {
  return relay === undefined ? new Map() : readThreads(relay);
}

function caseOf({ name }: RelayVariant, connections: number): string {
  return connections === 32 ? name : `${name}-c${connections}`;
}

/** In the middle of all rounds: the share of the first relay's requests, and how much longer half of them took at least. */
function besideFirst(own: readonly Sample[], first: readonly Sample[]): Partial<Figure> {
  const rounds = own.flatMap((sample, round) => {
    const other = first[round];
    return other === undefined ? [] : [{ sample, other }];
  });
  return {
    toBaseline: rounded(median(rounds.map(({ sample, other }) => sample.requestsPerSecond / other.requestsPerSecond))),
    p50MoreMs: rounded(median(rounds.map(({ sample, other }) => sample.p50Ms - other.p50Ms))),
  };
}

function middleOf(samples: readonly Sample[]): Partial<Sample> {
  const middles = keys.map((key) => [key, rounded(median(samples.map((one) => one[key])))] as const);
  return Object.fromEntries(middles.filter(([, value]) => !Number.isNaN(value)));
}
