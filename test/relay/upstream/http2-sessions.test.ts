import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cancelStream } from '../../../relay/upstream/cancel-stream.ts';
import { type HeldSession, Http2Sessions } from '../../../relay/upstream/http2-sessions.ts';
import { waitFor } from '../../support/wait-for.ts';

let server: Http2Server;
let sessions: Http2Sessions;
const seen: ServerHttp2Session[] = [];
const streams: ServerHttp2Stream[] = [];

beforeEach(async () => {
  seen.length = 0;
  streams.length = 0;
  server = createServer();
  server.on('session', (session) => seen.push(session));
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    streams.push(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sessions = new Http2Sessions(origin, {}, {});
});

afterEach(() => {
  sessions.destroy();
  for (const session of seen) session.destroy();
  server.close();
});

/** Opens a stream as a request does, and gives its room back when it closes. */
function open(): HeldSession & { readonly stream: ReturnType<HeldSession['session']['request']> } {
  const held = sessions.take();
  const stream = held.session.request({ ':path': '/' });
  stream.on('error', () => undefined);
  stream.once('close', () => held.release(stream.rstCode));
  return { ...held, stream };
}

test('not more streams share a session than a server keeps room for', () => {
  const used = new Set(Array.from({ length: 80 }, () => open().session));
  expect(used.size).toBe(3);
  expect(sessions.size).toBe(3);
});

test('a session in which many streams were cut off takes no new ones, and what runs there ends in its own time', async () => {
  const lasting = open();
  for (let cut = 0; cut <= 100; cut += 1) {
    const { stream, session } = open();
    expect(session).toBe(lasting.session);
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
  }
  expect(open().session).not.toBe(lasting.session);
  await waitFor(() => expect(streams.length).toBeGreaterThan(1));
  streams[0]?.respond({ ':status': 200 });
  streams[0]?.end('whole');
  let body = '';
  lasting.stream.setEncoding('utf8').on('data', (text: string) => (body += text));
  await once(lasting.stream, 'close');
  expect(body).toBe('whole');
});

test('a large answer comes to its end in a session that takes nothing new, however often it is paused', async () => {
  const large = open();
  await waitFor(() => expect(streams).toHaveLength(1));
  streams[0]?.respond({ ':status': 200 });
  streams[0]?.end(Buffer.alloc(5_000_000));
  let bytes = 0;
  large.stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    large.stream.pause();
    setTimeout(() => large.stream.resume(), 1);
  });
  await waitFor(() => expect(bytes).toBeGreaterThan(0));
  for (let cut = 0; cut <= 100; cut += 1) {
    const { stream } = open();
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
  }
  await waitFor(() => expect(large.session.closed).toBe(true));
  await vi.waitFor(() => expect(bytes).toBe(5_000_000), 10_000);
});

test('a session that its server says is too much for it takes no new streams', async () => {
  const { stream, session } = open();
  await waitFor(() => expect(streams).toHaveLength(1));
  streams[0]?.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  await waitFor(() => expect(stream.destroyed).toBe(true));
  expect(open().session).not.toBe(session);
});

test('sessions that their servers take leave of, and keep open, end with the others', async () => {
  const { session } = open();
  await waitFor(() => expect(streams).toHaveLength(1));
  seen[0]?.goaway(constants.NGHTTP2_NO_ERROR);
  await once(session, 'goaway');
  expect(sessions.size).toBe(0);
  expect(session.destroyed).toBe(false);
  sessions.destroy();
  expect(session.destroyed).toBe(true);
});

test('a whole answer that is left unread holds neither its stream nor its session', async () => {
  const { stream, session } = open();
  await waitFor(() => expect(streams).toHaveLength(1));
  stream.once('data', () => stream.pause());
  streams[0]?.respond({ ':status': 200 });
  streams[0]?.end(Buffer.alloc(51_384));
  await waitFor(() => expect(stream.closed && stream.readableLength > 0 && !stream.destroyed).toBe(true));
  session.close();
  const closed = once(session, 'close');
  cancelStream(stream);
  await closed;
  expect(stream.destroyed).toBe(true);
});

test('a session may be sent what all of its streams may, so that they don’t wait for each other’s way there and back', async () => {
  const all = Array.from({ length: 32 }, () => open());
  await expect.poll(() => seen[0]?.state.remoteWindowSize, { timeout: 20_000 }).toBe(32 * 65_535);
  await expect.poll(() => streams.length, { timeout: 20_000 }).toBe(32);
  for (const stream of streams) {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(100_000));
  }
  const got = all.map(async ({ stream }) => {
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    return bytes;
  });
  expect(new Set(await Promise.all(got))).toEqual(new Set([100_000]));
});
