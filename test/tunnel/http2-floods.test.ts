import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { getRequest, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import {
  headersFrame,
  hpackHeader,
  http2Frame,
  http2Type,
  type RawHttp2,
  rawHttp2,
  requestHead,
  uint32,
} from './support/raw-http2.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 180_000 });

const mebibyte = 1_048_576;
const maxBytes = 24 * mebibyte;
const maxGrowthBytes = 96 * mebibyte;
/** What the relay offers, see relay/http/streams/serve-http2.ts. */
const maxConcurrentStreams = 128;
const big = Buffer.alloc(4 * mebibyte, 'big ');
let world: TunnelWorld;
let attacker: LinkedClient;
let bystander: RawTunnel;
let before = 0;
let nextId = 1;

beforeAll(async () => {
  world = await startTunnelWorld({
    // The relay would die of what it can't hold.
    execArgv: ['--max-old-space-size=160'],
    limits: { max_buffered_bytes: 16 * mebibyte },
    answer: ({ url, response }) => {
      if (url.pathname === '/hold') return true;
      if (url.pathname !== '/big') return false;
      response.end(big);
      return true;
    },
  });
  attacker = await startLinkedClient(world, { relayPort: world.relayPort });
  await attacker.waitForState('open');
});
afterAll(async () => {
  await attacker.close();
  await world.close();
});

function relayMemory(): number {
  const status = readFileSync(`/proc/${world.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) * 1024;
}

beforeEach(async () => {
  world.echo.clear();
  bystander = await welcomedTunnel(world, 'bystander');
  nextId = 1;
  before = relayMemory();
});

afterEach(async () => {
  expect(relayMemory() - before, 'growth of the relay').toBeLessThan(maxGrowthBytes);
  await requireService();
  await bystander.close();
  expect((await fetch(`${attacker.url}/quick`)).status, 'other connections of the same tunnel go on').toBe(200);
});

/** Another person's tunnel is served. */
async function requireService(): Promise<void> {
  for (let count = 0; count < 5; count += 1) {
    expect(await bystander.request(nextId, getRequest('/quick'))).toBe(200);
    nextId += 1;
  }
}

async function open(settings: readonly number[] = [], listening = true): Promise<RawHttp2> {
  const raw = await rawHttp2(attacker.port, settings, listening);
  onTestFinished(() => void raw.socket.destroy());
  return raw;
}

/** Many frames made for growing stream ids, as one chunk. */
function byStream(make: (streamId: number) => Uint8Array, perChunk = 200): () => Uint8Array {
  let streamId = -1;
  return () =>
    Buffer.concat(
      Array.from({ length: perChunk }, () => {
        streamId += 2;
        return make(streamId);
      }),
    );
}

function repeated(frame: Uint8Array, times = 500): () => Uint8Array {
  const chunk = Buffer.concat(Array.from({ length: times }, () => frame));
  return () => chunk;
}

test('an ordinary request passes', async () => {
  const raw = await open();
  raw.write(headersFrame(1, requestHead('GET', '/quick', raw.authority)));
  await raw.waitFor(http2Type.data, 1);
  expect(raw.received.get(http2Type.headers)).toBe(1);
});

test('streams that are opened and reset at once end the connection, and few of them reach the upstream', async () => {
  const raw = await open();
  const head = requestHead('GET', '/hold', raw.authority);
  const sent = await raw.flood(
    byStream((id) => Buffer.concat([headersFrame(id, head), http2Frame(http2Type.reset, 0, id, uint32(8))])),
    maxBytes,
  );
  await raw.closed;
  expect(sent).toBeLessThan(maxBytes);
  expect(world.echo.requests.length).toBeLessThan(1000);
});

test('more streams than are allowed at a time reach the upstream only up to that number', async () => {
  const raw = await open();
  const head = requestHead('GET', '/hold', raw.authority);
  await raw.flood(
    byStream((id) => headersFrame(id, head)),
    4 * mebibyte,
  );
  await raw.closed;
  expect(world.echo.requests.length).toBeLessThanOrEqual(maxConcurrentStreams);
});

test.each([
  ['of 16 kB', Buffer.alloc(16_000)],
  ['of one byte', Buffer.alloc(1)],
  ['without a byte', Buffer.alloc(0)],
])('a head that goes on and on in CONTINUATION frames %s ends the connection', async (_what, payload) => {
  const raw = await open();
  raw.write(http2Frame(http2Type.headers, 0, 1, requestHead('GET', '/quick', raw.authority)));
  const sent = await raw.flood(repeated(http2Frame(http2Type.continuation, 0, 1, payload), 20), maxBytes);
  await raw.closed;
  expect(sent).toBeLessThan(maxBytes);
  expect(world.echo.requests.length).toBe(0);
});

test('a head of 10,000 headers reaches no upstream', async () => {
  const raw = await open();
  const header = hpackHeader('x', 'y');
  raw.write(http2Frame(http2Type.headers, 0x1, 1, requestHead('GET', '/quick', raw.authority)));
  const many = Buffer.concat(Array.from({ length: 2500 }, () => header));
  for (let part = 1; part <= 4; part += 1) {
    raw.write(http2Frame(http2Type.continuation, part === 4 ? 0x4 : 0, 1, many));
  }
  await Promise.race([raw.waitFor(http2Type.reset, 1), raw.waitFor(http2Type.headers, 1), raw.closed]);
  expect(world.echo.requests.length).toBe(0);
});

test('a header that the table makes large again and again reaches no upstream', async () => {
  const raw = await open();
  // 4 kB put into the table once, then named by one byte each.
  const value = Buffer.alloc(4000, 'a');
  const large = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xa1, 0x1e]), value]);
  const head = Buffer.concat([requestHead('GET', '/quick', raw.authority), large, Buffer.alloc(10_000, 0x80 | 62)]);
  const sent = await raw.flood(
    byStream((id) => headersFrame(id, head), 10),
    4 * mebibyte,
  );
  expect(sent).toBeGreaterThan(0);
  expect(world.echo.requests.length).toBe(0);
});

test.each<[string, Buffer]>([
  ['SETTINGS', http2Frame(http2Type.settings, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0]))],
  ['PING', http2Frame(http2Type.ping, 0, 0, Buffer.alloc(8))],
])('a flood of %s frames whose answers nobody reads ends the connection or waits', async (_what, frame) => {
  const raw = await open([], false);
  const flooded = raw.flood(repeated(frame), maxBytes);
  // Served all the while: the relay’s loop is not theirs alone.
  for (let round = 0; round < 4; round += 1) await requireService();
  expect(relayMemory() - before).toBeLessThan(maxGrowthBytes);
  raw.socket.destroy();
  await flooded;
});

test('DATA frames without a byte, over and over, end the connection', async () => {
  const raw = await open();
  raw.write(headersFrame(1, requestHead('POST', '/quick', raw.authority), false));
  await raw.flood(repeated(http2Frame(http2Type.data, 0, 1)), maxBytes);
  await raw.closed;
});

test('PRIORITY frames for ever new streams cost no memory', async () => {
  const raw = await open();
  const priority = Buffer.from([0, 0, 0, 0, 16]);
  await raw.flood(
    byStream((id) => http2Frame(http2Type.priority, 0, id, priority), 500),
    8 * mebibyte,
  );
});

test('callers that give no window hold back their own answers only, in bounded memory', async () => {
  const stalled: RawHttp2[] = [];
  for (let connection = 0; connection < 8; connection += 1) {
    const raw = await open([4, 0]);
    stalled.push(raw);
    const head = requestHead('GET', '/big', raw.authority);
    raw.write(...Array.from({ length: 100 }, (_none, index) => headersFrame(index * 2 + 1, head)));
    // Those that the relay has no memory for get their 503 in HEADERS, too, or no connection at all.
    await raw.waitFor(http2Type.headers, 100);
    if (raw.over) break;
  }
  expect(stalled.length).toBeGreaterThan(1);
  expect(world.echo.requests.length).toBeLessThan(600);
  for (const { received } of stalled) expect(received.get(http2Type.data) ?? 0).toBe(0);
  await requireService();
  // Their own tunnel is refused as long as it is above its share, and served again once they are gone.
  for (const raw of stalled) raw.socket.destroy();
  while ((await fetch(`${attacker.url}/quick`)).status === 503);
});

test('a window that overflows ends the connection', async () => {
  const raw = await open();
  raw.write(http2Frame(http2Type.windowUpdate, 0, 0, uint32(0x7fff_ffff)));
  raw.write(http2Frame(http2Type.windowUpdate, 0, 0, uint32(0x7fff_ffff)));
  await raw.closed;
});
