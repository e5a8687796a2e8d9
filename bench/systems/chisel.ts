import { join } from 'node:path';
import { makeDemoCertificates } from '../../test/support/demo-certificates.ts';
import { freePort } from '../../test/support/free-port.ts';
import { findProgram } from '../measure/find-program.ts';
import { startProgram } from '../start-process.ts';
import type { BenchSystem, BenchWorld } from './bench-system.ts';

/** Starts a chisel server with TLS and a client that forwards one port: a tunnel that decides and records nothing. Null where it isn’t installed. */
export async function startChisel(world: BenchWorld): Promise<BenchSystem | null> {
  const chisel = findProgram('chisel');
  if (chisel === null) return null;
  const dir = join(world.dir, 'chisel');
  await makeDemoCertificates(dir);
  const serverPort = await freePort();
  const port = await freePort();
  const server = await startProgram(
    chisel,
    [
      'server',
      '--host=127.0.0.1',
      `--port=${serverPort}`,
      `--tls-cert=${join(dir, 'relay.pem')}`,
      `--tls-key=${join(dir, 'relay-key.pem')}`,
    ],
    serverPort,
  );
  try {
    const client = await startProgram(
      chisel,
      [
        'client',
        `--tls-ca=${join(dir, 'ca.pem')}`,
        `https://127.0.0.1:${serverPort}`,
        `127.0.0.1:${port}:127.0.0.1:${world.upstreamPort}`,
      ],
      port,
    );
    return {
      name: 'chisel',
      port,
      headers: {},
      pids: [server.pid, client.pid],
      memoryPids: [server.pid],
      async close() {
        await client.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
