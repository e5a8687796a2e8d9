import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../measure/load.ts';
import { readUsage } from '../measure/process-usage.ts';
import { closeAll, openCrowd } from '../scale/open-crowd.ts';
import { startScaleWorld } from '../scale/start-scale-world.ts';
import { startScript } from '../start-process.ts';
import { startCountingProxy } from './counting-proxy.ts';
import type { NodeFigures } from './node-figures.ts';

type OfTunnels = Pick<
  NodeFigures,
  | 'baseMemoryBytes'
  | 'tunnelMemoryBytes'
  | 'openCpuMs'
  | 'idleMinuteCpuMs'
  | 'requestCpuMs'
  | 'idleMinuteBytes'
  | 'requestBytes'
>;

const connections = 32;

/** Measures a relay with TLS, token check, policy and durable audit: tunnels first, then requests through one of them. */
export async function measureNode(quick: boolean, say: (line: string) => void): Promise<OfTunnels> {
  const tunnels = quick ? 200 : 1000;
  const idleMs = quick ? 5000 : 30_000;
  let relayPort = 0;
  const proxy = await startCountingProxy(() => relayPort);
  const world = await startScaleWorld({ publicPort: proxy.port });
  relayPort = world.relayPort;
  try {
    const usage = () => {
      const now = readUsage([world.relay.pid]);
      if (now === null) throw new Error('Only Linux tells what a process takes.');
      return { ...now, bytes: proxy.bytes() };
    };
    const empty = usage();
    say(`opening ${tunnels} tunnels`);
    const crowd = await openCrowd(world, tunnels);
    const full = usage();
    say(`leaving them idle for ${idleMs / 1000} s`);
    await sleep(idleMs);
    const later = usage();
    await closeAll(crowd);
    const minutes = idleMs / 60_000;
    const client = await startScript('causeway-client', { relayUrl: world.relayUrl, ca: world.ca });
    const target = { port: Number(client.ready['port']), headers: {} };
    const warm = await load(target, connections, quick ? 1 : 5);
    say(`asking, ${Math.round(warm.requestsPerSecond)} requests/s`);
    const before = usage();
    const { requests } = await load(target, connections, quick ? 2 : 10);
    const after = usage();
    await client.close();
    return {
      baseMemoryBytes: empty.rssBytes,
      tunnelMemoryBytes: (full.rssBytes - empty.rssBytes) / tunnels,
      openCpuMs: (full.cpuMs - empty.cpuMs) / tunnels,
      idleMinuteCpuMs: (later.cpuMs - full.cpuMs) / tunnels / minutes,
      idleMinuteBytes: (later.bytes - full.bytes) / tunnels / minutes,
      requestCpuMs: (after.cpuMs - before.cpuMs) / requests,
      requestBytes: (after.bytes - before.bytes) / requests,
    };
  } finally {
    await world.close();
    await proxy.close();
  }
}
