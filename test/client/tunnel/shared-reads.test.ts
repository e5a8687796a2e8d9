import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { withSharedReads } from '../../../client/tunnel/shared-reads.ts';

const opened: { destroy(): unknown }[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) if (server.listening) await once(server.close(), 'close');
});

async function listen(place: 'tcp' | 'unix'): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  servers.push(server);
  if (place === 'tcp') server.listen(0, '127.0.0.1');
  else {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-reads-'));
    server.once('close', () => rmSync(folder, { recursive: true, force: true }));
    server.listen(join(folder, 'socket'));
  }
  await once(server, 'listening');
  return server;
}

/** Both ends of a connection: the program’s, and the accepted one that takes over. */
async function pair(server: Server): Promise<{ program: Socket; taken: Socket; accepted: Socket }> {
  const address = server.address() as AddressInfo | string;
  const program = typeof address === 'string' ? connect(address) : connect(address.port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const taken = withSharedReads(accepted);
  taken.on('error', () => undefined);
  program.on('error', () => undefined);
  opened.push(program, taken);
  return { program, taken, accepted };
}

/** Chunks as they come, kept as they are. */
function keep(socket: Socket): Buffer[] {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  return chunks;
}

const places = ['tcp', 'unix'] as const;

test.each(places)('over %s, nothing is read before it is resumed, and what is kept stays as it came', async (place) => {
  const server = await listen(place);
  const [one, other] = [await pair(server), await pair(server)];
  const early = new Promise<void>((resolve) => one.program.write('first', () => resolve()));
  await early;
  expect(one.taken.readableLength).toBe(0);
  const [ones, others] = [keep(one.taken), keep(other.taken)];
  await expect.poll(() => Buffer.concat(ones).toString()).toBe('first');
  for (let turn = 0; turn < 50; turn += 1) {
    one.program.write(`a${turn};`);
    other.program.write(`b${turn};`);
    await once(other.taken, 'data');
  }
  const said = (letter: string): string => Array.from({ length: 50 }, (_, turn) => `${letter}${turn};`).join('');
  await expect.poll(() => Buffer.concat(ones).toString()).toBe(`first${said('a')}`);
  expect(Buffer.concat(others).toString()).toBe(said('b'));
});

test.each(places)(
  'over %s, bulk and small reads of several connections in turn stay apart, also when paused',
  async (place) => {
    const server = await listen(place);
    const pairs = [await pair(server), await pair(server), await pair(server)];
    const bodies = pairs.map((_, index) => Buffer.alloc(3_000_000 + index, `${index}-bulk-`));
    const kept = pairs.map(({ taken }) => keep(taken));
    const ends = pairs.map(({ taken }) => once(taken, 'end'));
    for (const [index, { program, taken }] of pairs.entries()) {
      taken.once('data', () => {
        taken.pause();
        setImmediate(() => taken.resume());
      });
      program.write('small');
      program.end(bodies[index] ?? '');
    }
    await Promise.all(ends);
    for (const [index, body] of bodies.entries())
      expect(Buffer.concat(kept[index] ?? []).equals(Buffer.concat([Buffer.from('small'), body]))).toBe(true);
  },
);

test.each(places)('over %s, the caller’s end leaves the other side open', async (place) => {
  const server = await listen(place);
  const { program, taken } = await pair(server);
  keep(taken);
  const answer = once(program, 'data');
  program.end('request');
  await once(taken, 'end');
  taken.end('answer');
  expect(String((await answer)[0])).toBe('answer');
});

test('the server counts a connection until it is closed, and a reset is heard', async () => {
  const server = await listen('tcp');
  const { program, taken, accepted } = await pair(server);
  taken.resume();
  expect(taken.remotePort).toBe(program.localPort);
  expect(await count(server)).toBe(1);
  const heard: string[] = [];
  taken.on('error', ({ message }) => heard.push(message));
  const closed = new Promise((resolve) => taken.once('close', resolve));
  program.resetAndDestroy();
  await closed;
  expect(heard).toEqual(['read ECONNRESET']);
  expect(accepted.destroyed).toBe(true);
  await expect.poll(() => count(server)).toBe(0);
});

test('a connection that is gone before it is taken over stays as it is', async () => {
  const server = await listen('tcp');
  const { taken } = await pair(server);
  taken.destroy();
  expect(withSharedReads(taken)).toBe(taken);
});

async function count(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, connections) => (error === null ? resolve(connections) : reject(error))),
  );
}
