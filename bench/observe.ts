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
import { readThreads, type TurnUsage, usageOfEach, usedBetween } from './measure/thread-usage.ts';
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

const cases: readonly Case[] = [
  { name: 'nothing', looks: { metrics: false, traces: 0 }, beside: null },
  { name: 'metrics', looks: { metrics: true, traces: 0 }, beside: 'nothing' },
  { name: 'traces-10', looks: { metrics: true, traces: 0.1 }, beside: 'metrics' },
  { name: 'traces-100', looks: { metrics: true, traces: 1 }, beside: 'metrics' },
];

interface Turn {
  readonly requestsPerSecond: number;
  readonly usage: TurnUsage;
  readonly relayCpuMsPerRequest: number;
}

const connections = 32;
const roundsEach = 8;
const warmUpRounds = 2;
/** Spans of a turn are sent by then. */
const settleMs = 700;

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
      // Each case stands before and behind each other one as often.
      for (const { name, looks } of round % 2 === 0 ? cases : cases.toReversed()) {
        await switchTo.to(looks);
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
  const threads = usedBetween(before, readThreads(relay));
  const cpuMs = [...threads.values()].reduce((sum, { cpuMs: own }) => sum + own, 0);
  return { requestsPerSecond, usage: { requests, threads }, relayCpuMsPerRequest: cpuMs / requests };
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
