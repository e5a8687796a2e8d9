import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type BenchOptions, type Figure, rounded } from '../figure.ts';
import { load } from '../measure/load.ts';
import { readUsage, watchMemory } from '../measure/process-usage.ts';
import { startScript } from '../start-process.ts';
import { startScaleWorld } from './start-scale-world.ts';

/**
 * More than fits between upstream and reader, so that every stream stalls; no more, because what waits in sockets is the
 * kernel's: where all parts share one machine, it runs out of memory for TCP before the relay has much to keep, and
 * then every connection of the machine is slow. For the same reason the readers come through the Unix socket.
 */
const answerBytes = 1_000_000;
const readAllMs = 60_000;
/** So often in a row, for so long each, a process must have done next to nothing to count as quiet. */
const quietChecks = 6;
const quietMs = 500;

/** Few enough that what is measured is how long one takes, not how long it waits for another of them. */
const requestsPerSecond = 100;

/** How long small requests took. */
interface Latencies {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** Readers that never read: what they cost in memory, and what others notice. In the end they read after all. */
export async function stalledReaders({ quick, say }: BenchOptions): Promise<Figure[]> {
  const count = quick ? 100 : 1000;
  const seconds = quick ? 1 : 10;
  const world = await startScaleWorld();
  const readers: Socket[] = [];
  try {
    const client = await startScript('causeway-client', { relayUrl: world.relayUrl, ca: world.ca, bulk: true });
    const port = Number(client.ready['port']);
    const target = { port, headers: {} };
    const steady = async (): Promise<Latencies> => {
      const options = { port, path: '/small', connections: 32, perSecond: requestsPerSecond, seconds };
      const one = await startScript('steady-load', options);
      await one.close();
      return one.ready as unknown as Latencies;
    };
    await load(target, 8, 2);
    const busyBefore = await load(target, 8, seconds);
    const before = await steady();
    const filling = steady();
    await delay(500);
    const startedMs = performance.now();
    readers.push(
      ...(await Promise.all(Array.from({ length: count }, () => stall(String(client.ready['bulkSocket']))))),
    );
    await quiet([world.relay.pid, client.pid]);
    const fullMs = performance.now() - startedMs - quietMs * quietChecks;
    const whileFilling = await filling;
    requireRoomInKernel();
    const memory = watchMemory([world.relay.pid]);
    const fullBytes = readUsage([world.relay.pid])?.rssBytes ?? Number.NaN;
    const beside = await steady();
    const busyBeside = await load(target, 8, seconds);
    const mostBytes = memory.stop() ?? Number.NaN;
    await Promise.race([
      Promise.all(readers.map(readAll)),
      delay(readAllMs, undefined, { ref: false }).then(() => {
        throw new Error(`Of ${count} readers that read at last, not all have their answer after ${readAllMs / 1000} s`);
      }),
    ]);
    await client.close();
    say(
      `  ${requestsPerSecond} requests a second: ${words(before)} undisturbed, ${words(beside)} beside ${count} stalled readers,`,
    );
    say(`    ${words(whileFilling)} while these fill up, which takes ${(fullMs / 1000).toFixed(1)} s`);
    say(`  8 connections without a pause: ${words(busyBefore)} undisturbed, ${words(busyBeside)} beside them`);
    say(
      `  the relay's memory: ${megabytes(fullBytes)} MB when all have stalled, ${megabytes(mostBytes)} MB at most later`,
    );
    const name = `stalled-readers-${count}`;
    return [
      { bench: 'scale', case: `${name}-before`, system: 'causeway', ...latencies(before) },
      { bench: 'scale', case: `${name}-filling`, system: 'causeway', ...latencies(whileFilling) },
      { bench: 'scale', case: name, system: 'causeway', ...latencies(beside), rssMb: rounded(mostBytes / 1e6) },
      { bench: 'scale', case: `${name}-busy-before`, system: 'causeway', ...busy(busyBefore) },
      { bench: 'scale', case: `${name}-busy`, system: 'causeway', ...busy(busyBeside) },
    ];
  } finally {
    for (const socket of readers) socket.destroy();
    await world.close();
  }
}

/** Asks for an answer and reads nothing of it. */
async function stall(path: string): Promise<Socket> {
  const socket = connect(path).pause();
  try {
    await once(socket, 'connect');
  } catch (error) {
    // More wait than the listener has places for.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    await delay(10);
    return stall(path);
  }
  socket.on('error', () => undefined);
  socket.write(`GET /bytes/${answerBytes} HTTP/1.1\r\nHost: bulk.localhost\r\n\r\n`);
  return socket;
}

/** Reads until the whole answer is there, which shows that the stream had stalled and not ended. */
async function readAll(socket: Socket): Promise<void> {
  if (socket.bytesRead > 0) throw new Error('A reader that was to stall has read');
  let head = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const headEnd = head.indexOf('\r\n\r\n');
    if (headEnd < 0) head += chunk.toString('latin1');
    const bodyStart = headEnd < 0 ? head.indexOf('\r\n\r\n') + 4 : headEnd + 4;
    if (bodyStart >= 4 && socket.bytesRead >= bodyStart + answerBytes) break;
  }
  if (!head.startsWith('HTTP/1.1 200') || socket.bytesRead < answerBytes) throw new Error('An answer broke off');
}

/** Resolves once the processes do next to nothing: every stalled reader has all that it can hold. */
async function quiet(pids: readonly number[]): Promise<void> {
  for (let checks = 0, quietOnes = 0; checks < 240; checks += 1) {
    const before = readUsage(pids)?.cpuMs ?? 0;
    await delay(quietMs);
    // Small requests go on meanwhile and cost something.
    quietOnes = (readUsage(pids)?.cpuMs ?? 0) - before < quietMs * 0.4 ? quietOnes + 1 : 0;
    if (quietOnes === quietChecks) return;
  }
  throw new Error('The relay is still busy with readers that read nothing');
}

/** Throws when the machine's TCP is short of memory: then no figure says anything about the relay. Linux alone tells. */
function requireRoomInKernel(): void {
  if (process.platform !== 'linux') return;
  const pages = Number(
    /^TCP:.* mem (?<pages>\d+)$/mu.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.groups?.['pages'],
  );
  const [, pressure = Infinity] = readFileSync('/proc/sys/net/ipv4/tcp_mem', 'utf8').split(/\s+/u).map(Number);
  if (pages > pressure) throw new Error(`This machine has too little memory for TCP: ${pages} pages are in use`);
}

function words({ p50Ms, p99Ms }: { readonly p50Ms: number; readonly p99Ms: number }): string {
  return `p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)} ms`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function latencies({ p50Ms, p99Ms }: Latencies): Partial<Figure> {
  return { requestsPerSecond, p50Ms: rounded(p50Ms), p99Ms: rounded(p99Ms) };
}

function busy({ requestsPerSecond: perSecond, p50Ms, p99Ms }: Awaited<ReturnType<typeof load>>): Partial<Figure> {
  return { requestsPerSecond: rounded(perSecond), p50Ms, p99Ms };
}
