import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { startIdp } from '../../test/support/idp/start-idp.ts';
import type { Figure } from '../figure.ts';
import { type NodeOptions, startScript } from '../start-process.ts';
import { startCauseway } from '../systems/causeway.ts';
import { type Askers, openAskers } from './ask-in-turn.ts';
import { openProbe, type Probe, probed } from './probe.ts';

/** A process whose counts are taken. */
export interface Counted {
  readonly name: 'client' | 'relay';
  readonly pid: number;
  readonly probe: Probe;
}

/** Starts client and relay so that they can be asked what they count, and ends them behind `measure`. */
export async function withCounted(
  flags: readonly string[],
  measure: (counted: readonly Counted[], ask: (connections: number) => Promise<Askers>) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-counts-'));
  const relayPort = await freePort();
  const audience = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  const opened: { close(): unknown }[] = [];
  try {
    const socketOf = (name: Counted['name']): string => join(dir, `${name}.socket`);
    const optionsOf = (name: Counted['name']): NodeOptions => {
      const { execArgv, env } = probed(socketOf(name));
      return { execArgv: [...flags, ...execArgv], env };
    };
    const world = { dir, upstreamPort: Number(upstream.ready['port']), issuer: idp.issuer, audience };
    const options = { ...optionsOf('relay'), client: optionsOf('client') };
    const system = await startCauseway(world, relayPort, idp.clientId, options);
    opened.push(system);
    const [relayPid = 0, clientPid = 0] = system.pids;
    const counted: Counted[] = [];
    for (const [name, pid] of [['client', clientPid] as const, ['relay', relayPid] as const]) {
      const probe = await openProbe(socketOf(name));
      opened.push(probe);
      counted.push({ name, pid, probe });
    }
    return await measure(counted, async (connections) => {
      const askers = await openAskers(system.port, connections);
      opened.push(askers);
      return askers;
    });
  } finally {
    for (const one of opened.toReversed()) await one.close();
    await upstream.close();
    await idp.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
