import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { connect as connectHttp2 } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import { UpstreamPools } from '../../../relay/upstream/upstream-pools.ts';
import { WatchedConnection } from '../../../relay/upstream/watched-connection.ts';

/** A SETTINGS frame, which is what HTTP/2 begins with and of no interest to the reader. */
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const longBytes = 4_000_000;

let server: Server;
let accepted: Socket[];
beforeEach(async () => {
  accepted = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    accepted.push(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const socket of accepted) socket.destroy();
  server.close();
});

/** DATA frames with random bytes. */
function data(bytes: number): Buffer {
  const frames: Buffer[] = [];
  for (let left = bytes; left > 0; left -= 16_393)
    frames.push(Buffer.from([0, 0x40, 0, 0, 0, 0, 0, 0, 1]), randomBytes(16_384));
  return Buffer.concat(frames);
}

async function open(): Promise<{ readonly connection: WatchedConnection; readonly upstream: Socket }> {
  const connection = new WatchedConnection(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
  connection.socket.on('error', () => undefined);
  await expect.poll(() => accepted.length).toBe(1);
  return { connection, upstream: accepted[0] as Socket };
}

describe('the end of an upstream is seen as what it is', () => {
  const ends: readonly (readonly [string, (upstream: Socket) => void, string | null])[] = [
    ['a reset', (upstream) => upstream.resetAndDestroy(), 'ECONNRESET'],
    ['a proper end', (upstream) => upstream.end(), null],
  ];
  it.each(ends)('%s at once', async (_what, end, code) => {
    const { connection, upstream } = await open();
    connection.socket.resume();
    let failure: NodeJS.ErrnoException | null = null;
    connection.socket.once('error', (error) => (failure = error));
    end(upstream);
    await once(connection.socket, 'close').catch(() => undefined);
    expect((failure as NodeJS.ErrnoException | null)?.code ?? null).toBe(code);
  });

  it.each(ends)('%s behind bytes that have come', async (_what, end, code) => {
    const { connection, upstream } = await open();
    let bytes = 0;
    let failure: NodeJS.ErrnoException | null = null;
    connection.socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    connection.socket.once('error', (error) => (failure = error));
    upstream.write(settings);
    await expect.poll(() => bytes).toBe(settings.length);
    upstream.write(settings, () => setTimeout(() => end(upstream), 50));
    await new Promise((resolve) => connection.socket.once('close', resolve));
    expect(bytes).toBe(2 * settings.length);
    expect((failure as NodeJS.ErrnoException | null)?.code ?? null).toBe(code);
  });

  it('what isn’t HTTP/2 ends the connection with an error', async () => {
    const { connection, upstream } = await open();
    const failed = new Promise<Error>((resolve) => connection.socket.once('error', resolve));
    connection.socket.resume();
    upstream.write('SSH-2.0-server\r\n');
    expect((await failed).name).toBe('FramingError');
    await expect.poll(() => upstream.readableEnded || upstream.destroyed || upstream.closed).toBeDefined();
  });

  it('a reset while the session has more to say than the upstream takes', async () => {
    const { connection, upstream } = await open();
    const session = connectHttp2('http://127.0.0.1', { createConnection: () => connection.socket });
    session.on('error', () => undefined);
    // A window of two GB for each stream, and one for the connection.
    const window = [0x7f, 0xff, 0, 0];
    upstream.write(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, ...window]));
    upstream.write(Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, ...window]));
    await once(session, 'remoteSettings');
    const stream = session.request({ ':method': 'POST' });
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => stream.once('error', resolve));
    stream.write(Buffer.alloc(longBytes * 5));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(stream.writableLength).toBeGreaterThan(0);
    upstream.resetAndDestroy();
    expect((await failed).code).toBe('ECONNRESET');
  }, 10_000);

  it('nothing listens', async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const connection = new WatchedConnection(`http://127.0.0.1:${port}`, {});
    const [error] = (await once(connection.socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    expect(connection.connected).toBe(false);
  });
});

describe('the end of the session', () => {
  it.each(['end', 'destroy'] as const)('(%s) ends the connection to the upstream', async (how) => {
    const { connection, upstream } = await open();
    upstream.resume();
    connection.socket.resume();
    const ended = once(upstream, 'end');
    connection.socket[how]();
    await ended;
    upstream.end();
    await expect.poll(() => connection.socket.destroyed).toBe(true);
  });

  it('what it said last still arrives', async () => {
    const { connection, upstream } = await open();
    let bytes = 0;
    upstream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    connection.socket.end(Buffer.alloc(longBytes), () => connection.socket.destroy());
    await once(upstream, 'end');
    expect(bytes).toBe(longBytes);
  });
});

describe('neither side is asked to keep more than the other takes', () => {
  it('of an upstream’s bytes', async () => {
    const { connection, upstream } = await open();
    const sent = data(longBytes * 5);
    let taken = false;
    upstream.write(sent, () => (taken = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBe(false);
    // In steps, so that all have to wait for each other again and again, and nothing is overwritten meanwhile.
    const received: Buffer[] = [];
    let bytes = 0;
    connection.socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      bytes += chunk.length;
      if (received.length % 5 !== 0) return;
      connection.socket.pause();
      setImmediate(() => connection.socket.resume());
    });
    await expect.poll(() => bytes, { timeout: 10_000 }).toBe(sent.length);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it('of a session’s bytes', async () => {
    const { connection, upstream } = await open();
    let taken = false;
    connection.socket.write(Buffer.alloc(longBytes * 5), () => (taken = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBe(false);
    let bytes = 0;
    upstream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await expect.poll(() => bytes).toBe(longBytes * 5);
  });
});

it.runIf(process.platform !== 'win32')('goes on unwatched, and says so, where no pair can be made', async () => {
  vi.stubEnv('TMPDIR', '/nowhere/at/all');
  const onUnwatched = vi.fn();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { socket } = new WatchedConnection(origin, { onUnwatched });
  await once(socket, 'connect');
  expect(onUnwatched).toHaveBeenCalledOnce();
  socket.write('hello');
  await expect.poll(() => accepted.length).toBe(1);
  expect(String((await once(accepted[0] as Socket, 'data'))[0])).toBe('hello');
  socket.destroy();
});

it.runIf(process.platform !== 'win32')('says only once that no pairs can be made', async () => {
  vi.stubEnv('TMPDIR', '/nowhere/at/all');
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const configs = ['first', 'second'].map((id) => ({
    ...configSchema.shape.apis.element.parse({ id, name: id, upstream, protocol: 'http2' }),
    caPem: undefined,
    certificate: undefined,
  }));
  const onUnwatched = vi.fn();
  const pools = new UpstreamPools(configs, {}, onUnwatched);
  for (const id of ['first', 'second']) pools.get(id)?.http2?.take();
  await expect.poll(() => accepted.length).toBe(2);
  expect(onUnwatched).toHaveBeenCalledOnce();
  await pools.close();
});
