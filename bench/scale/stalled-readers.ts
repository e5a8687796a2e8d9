import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type BenchOptions, type Figure, rounded } from '../figure.ts';
import { load } from '../measure/load.ts';
import { readUsage, watchMemory } from '../measure/process-usage.ts';
import { startScript } from '../start-process.ts';
import { startScaleWorld } from './start-scale-world.ts';

/** Readers that never read: what they cost in memory, and what others notice. */
export async function stalledReaders({ quick, say }: BenchOptions): Promise<Figure[]> {
  const count = quick ? 100 : 1000;
  const seconds = quick ? 1 : 5;
  const world = await startScaleWorld();
  const sockets: Socket[] = [];
  try {
    const client = await startScript('causeway-client', { relayUrl: world.relayUrl, ca: world.ca, bulk: true });
    const port = Number(client.ready['port']);
    const bulkPort = Number(client.ready['bulkPort']);
    const target = { port, headers: {} };
    await load(target, 8, 1);
    const undisturbed = await load(target, 8, seconds);
    const memory = watchMemory([world.relay.pid]);
    for (let index = 0; index < count; index += 1) {
      const socket = connect(bulkPort, '127.0.0.1');
      socket.pause();
      socket.on('error', () => undefined);
      socket.write('GET /bytes/100000000 HTTP/1.1\r\nHost: 127.0.0.1:' + String(bulkPort) + '\r\n\r\n');
      sockets.push(socket);
    }
    const filling = await load(target, 8, seconds);
    await quiet(world.relay.pid);
    const disturbed = await load(target, 8, seconds);
    const mostBytes = memory.stop() ?? Number.NaN;
    for (const socket of sockets) socket.destroy();
    await client.close();
    say(
      `  p99 ${undisturbed.p99Ms} ms undisturbed, ${filling.p99Ms} ms while ${count} readers that stall fill up, ` +
        `${disturbed.p99Ms} ms beside them`,
    );
    const name = `stalled-readers-${count}`;
    return [
      { bench: 'scale', case: `${name}-before`, system: 'causeway', ...figuresOf(undisturbed) },
      { bench: 'scale', case: `${name}-filling`, system: 'causeway', ...figuresOf(filling) },
      { bench: 'scale', case: name, system: 'causeway', ...figuresOf(disturbed), rssMb: rounded(mostBytes / 1e6) },
    ];
  } finally {
    for (const socket of sockets) socket.destroy();
    await world.close();
  }
}

/** Resolves once the process does next to nothing: every stalled reader has all that it can hold. */
async function quiet(pid: number): Promise<void> {
  for (let checks = 0, quietChecks = 0; checks < 240; checks += 1) {
    const before = readUsage([pid])?.cpuMs ?? 0;
    await delay(500);
    quietChecks = (readUsage([pid])?.cpuMs ?? 0) - before < 30 ? quietChecks + 1 : 0;
    if (quietChecks === 6) return;
  }
  throw new Error('The relay is still busy with readers that read nothing');
}

function figuresOf({ requestsPerSecond, p50Ms, p99Ms }: Awaited<ReturnType<typeof load>>): Partial<Figure> {
  return { requestsPerSecond: rounded(requestsPerSecond), p50Ms, p99Ms };
}
