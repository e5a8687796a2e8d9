import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { readUsage } from './measure/process-usage.ts';
import { startScript } from './start-process.ts';
import type { BenchWorld } from './systems/bench-system.ts';
import { startCauseway } from './systems/causeway.ts';

/** So many connections are open at a time: enough to keep the processors busy, few enough not to queue for long. */
const atATime = 4;
const idleSockets = 1500;

interface Target {
  readonly target: { readonly port: number } | { readonly path: string };
  readonly host: string;
}

interface Measured {
  readonly connectionsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
}

/** `pids` are the processes on the way, whose CPU time counts. */
async function measure(target: Target, seconds: number, pids: readonly number[]): Promise<Measured> {
  const before = readUsage(pids);
  const load = await startScript('connection-load', { ...target, atATime, seconds });
  await load.close();
  const after = readUsage(pids);
  const result = load.ready as { connections: number; seconds: number; p50Ms: number; p99Ms: number };
  return {
    connectionsPerSecond: result.connections / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMsPerRequest: before === null || after === null ? Number.NaN : (after.cpuMs - before.cpuMs) / result.connections,
  };
}

/**
 * A connection of its own for every request, as programs without keep-alive make them: to an API's port, to its Unix
 * socket, and to its port while the machine has many other sockets, for the listener finds out whose each one is.
 */
export const connections: Bench = async (options) => {
  const seconds = options.quick ? 1 : 5;
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const socketPath = join(dir, 'upstream.sock');
  const relayPort = await freePort();
  const audience = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', { socketPath });
  const upstreamPort = Number(upstream.ready['port']);
  const wants = (system: string): boolean => options.systems.length === 0 || options.systems.includes(system);
  try {
    const world: Pick<BenchWorld, 'dir' | 'upstreamPort' | 'issuer' | 'audience'> = {
      dir,
      upstreamPort,
      issuer: idp.issuer,
      audience,
    };
    const causeway = wants('causeway') ? await startCauseway(world, relayPort, idp.clientId) : null;
    try {
      const systems = [
        ...(wants('direct') ? [{ name: 'direct', port: upstreamPort, socketPath, pids: [upstream.pid] }] : []),
        ...(causeway === null
          ? []
          : [
              {
                name: 'causeway',
                port: causeway.port,
                socketPath: causeway.socketPath ?? null,
                pids: [...causeway.pids, upstream.pid],
              },
            ]),
      ];
      const figures: Figure[] = [];
      for (const name of ['new-tcp', 'new-unix', 'new-tcp-1500-in-table']) {
        const idle = name.endsWith('in-table') ? await startScript('idle-sockets', { sockets: idleSockets }) : null;
        for (const system of systems) {
          if (name === 'new-unix' && system.socketPath === null) continue;
          const target: Target =
            name === 'new-unix'
              ? { target: { path: system.socketPath ?? '' }, host: 'localhost' }
              : { target: { port: system.port }, host: `127.0.0.1:${system.port}` };
          await measure(target, 1, system.pids);
          const rounds: Measured[] = [];
          for (let round = 0; round < options.rounds; round += 1)
            rounds.push(await measure(target, seconds, system.pids));
          const middle = (key: keyof Measured): number => rounded(median(rounds.map((one) => one[key])));
          figures.push({
            bench: 'connections',
            case: name,
            system: system.name,
            connectionsPerSecond: middle('connectionsPerSecond'),
            p50Ms: middle('p50Ms'),
            p99Ms: middle('p99Ms'),
            ...(Number.isNaN(middle('cpuMsPerRequest')) ? {} : { cpuMsPerRequest: middle('cpuMsPerRequest') }),
          });
          options.say(`  ${name} ${system.name}: ${figures.at(-1)?.connectionsPerSecond ?? 0} connections/s`);
        }
        await idle?.close();
      }
      return figures;
    } finally {
      await causeway?.close();
    }
  } finally {
    await upstream.close();
    await idp.close();
    rmSync(dir, { recursive: true, force: true });
  }
};
