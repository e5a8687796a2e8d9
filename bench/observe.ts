import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { readThreads, type ThreadUsage, type TurnUsage, usageOfEach, usedBetween } from './measure/thread-usage.ts';
import { type Looks, looksVariable } from './observe/looks.ts';
import { startScript } from './start-process.ts';
import type { BenchSystem } from './systems/bench-system.ts';
import { startCauseway } from './systems/causeway.ts';

interface Case {
  readonly name: string;
  readonly looks: Looks;
  /** What it is compared with, round by round. */
  readonly beside: string | null;
}

const cases = [
  { name: 'nothing', looks: { metrics: false, traces: 0 }, beside: null },
  { name: 'metrics', looks: { metrics: true, traces: 0 }, beside: 'nothing' },
  { name: 'traces-10', looks: { metrics: true, traces: 0.1 }, beside: 'metrics' },
  { name: 'traces-100', looks: { metrics: true, traces: 1 }, beside: 'metrics' },
] as const satisfies readonly Case[];

interface Turn {
  readonly requestsPerSecond: number;
  readonly usage: TurnUsage;
  readonly relayCpuMsPerRequest: number;
}

const connections = 32;
const roundsEach = 6;
const warmUpRounds = 2;
/** Spans of a turn are sent by then. */
const settleMs = 700;
/** What an idle relay takes of a processor at most, and how long it is waited for. */
const idle = { lookMs: 250, cpuMs: 8, patienceMs: 8000 } as const;
/** How often the relay’s index follows its records: turns begin at any moment between, so that it meets all cases alike. */
const indexEveryMs = 5000;
/** The order of cases by rounds: each stands at each place, and behind each other one, as often (a Williams square). */
const orders = [
  [0, 1, 3, 2],
  [1, 2, 0, 3],
  [2, 3, 1, 0],
  [3, 0, 2, 1],
] as const;

/**
 * What being looked at costs: one relay, in which metrics and traces are switched on and off from turn to turn. Relays that are the
 * same differ by a tenth from start to start; turns of one relay don’t. `toBaseline` is of requests/s and `cpuToBaseline` of the relay’s
 * processor time, in the middle of all rounds.
 */
export const observe: Bench = async ({ quick, rounds, say }) => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-observe-'));
  const receiver = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const relayPort = await freePort();
  const audience = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  const opened: { close(): unknown }[] = [];
  try {
    const socketPath = join(dir, 'looks.socket');
    const world = { dir, upstreamPort: Number(upstream.ready['port']), issuer: idp.issuer, audience };
    const system = await startCauseway(world, relayPort, idp.clientId, {
      execArgv: ['--import', new URL('./observe/switch-looks.ts', import.meta.url).href],
      env: {
        [looksVariable]: socketPath,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
      },
    });
    opened.push(system);
    const switchTo = await openSwitch(socketPath);
    opened.push(switchTo);
    const turns = new Map<string, Turn[]>(cases.map(({ name }) => [name, []]));
    const all = rounds * (quick ? 1 : roundsEach);
    for (let round = -warmUpRounds; round < all; round += 1) {
      if (round >= 0) say(`Round ${round + 1} of ${all}`);
      for (const place of orders[((round + warmUpRounds) % orders.length) as 0 | 1 | 2 | 3]) {
        const { name, looks } = cases[place];
        await switchTo.to(looks);
        if (!quick) await pause(Math.random() * indexEveryMs);
        const turn = await takeTurn(system, quick || round < 0 ? 1 : 2);
        if (round >= 0) turns.get(name)?.push(turn);
      }
    }
    for (const [name, own] of turns) say(`${name}, each request: ${usageOfEach(own.map(({ usage }) => usage))}`);
    return cases.map((one) => figureOf(one, turns));
  } finally {
    for (const one of opened.toReversed()) await one.close();
    await upstream.close();
    await idp.close();
    receiver.close();
    receiver.closeAllConnections();
    rmSync(dir, { recursive: true, force: true });
  }
};

async function openSwitch(socketPath: string): Promise<{ to(looks: Looks): Promise<void>; close(): void }> {
  const socket = connect(socketPath);
  await once(socket, 'connect');
  return {
    async to(looks) {
      const done = once(socket, 'data');
      socket.write(`${JSON.stringify(looks)}\n`);
      await done;
    },
    close: () => socket.destroy(),
  };
}

async function takeTurn(system: BenchSystem, seconds: number): Promise<Turn> {
  const [relay = 0] = system.memoryPids;
  const before = readThreads(relay);
  const { requests, requestsPerSecond } = await load(system, connections, seconds);
  await pause(settleMs);
  const threads = usedBetween(before, await onceIdle(relay));
  return { requestsPerSecond, usage: { requests, threads }, relayCpuMsPerRequest: cpuOf(threads) / requests };
}

/** The threads of a process once it has nothing more to do, so that no turn bears what another one left. */
async function onceIdle(pid: number): Promise<ReadonlyMap<string, ThreadUsage>> {
  const endMs = performance.now() + idle.patienceMs;
  let now = readThreads(pid);
  for (;;) {
    await pause(idle.lookMs);
    const then = now;
    now = readThreads(pid);
    if (cpuOf(usedBetween(then, now)) < idle.cpuMs || performance.now() > endMs) return now;
  }
}

function cpuOf(threads: ReadonlyMap<string, ThreadUsage>): number {
  return [...threads.values()].reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

function figureOf({ name, beside }: Case, turns: ReadonlyMap<string, readonly Turn[]>): Figure {
  const own = turns.get(name) ?? [];
  const other = turns.get(beside ?? '') ?? [];
  const shares = (key: 'requestsPerSecond' | 'relayCpuMsPerRequest'): number =>
    rounded(median(other.map((turn, round) => (own[round]?.[key] ?? Number.NaN) / turn[key])));
  return {
    bench: 'observe',
    case: name,
    system: 'causeway',
    requestsPerSecond: rounded(median(own.map((turn) => turn.requestsPerSecond))),
    relayCpuMsPerRequest: rounded(median(own.map((turn) => turn.relayCpuMsPerRequest))),
    ...(beside === null
      ? {}
      : { toBaseline: shares('requestsPerSecond'), cpuToBaseline: shares('relayCpuMsPerRequest') }),
  };
}
