import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeDemoCertificates } from '../../test/support/demo-certificates.ts';
import { startScript } from '../start-process.ts';
import type { BenchSystem, BenchWorld } from './bench-system.ts';

/** Starts the floor: the same hops as the relay’s, in two Node processes that only carry bytes. */
export async function startNetHops(world: Pick<BenchWorld, 'dir' | 'upstreamPort'>): Promise<BenchSystem> {
  const dir = join(world.dir, 'net-hops');
  mkdirSync(dir, { recursive: true });
  await makeDemoCertificates(dir);
  const [cert, key, ca] = ['relay.pem', 'relay-key.pem', 'ca.pem'].map((file) => join(dir, file));
  const far = await startScript('net-hop', { role: 'far', cert, key, upstreamPort: world.upstreamPort });
  try {
    const near = await startScript('net-hop', { role: 'near', ca, farPort: far.ready['port'] });
    return {
      name: 'net-hops',
      port: Number(near.ready['port']),
      headers: {},
      pids: [far.pid, near.pid],
      memoryPids: [far.pid],
      async close() {
        await near.close();
        await far.close();
      },
    };
  } catch (error) {
    await far.close();
    throw error;
  }
}
