import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { frameType, resetCode } from '../../shared/tunnel/protocol.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { control, frame, host, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** Begin of a TLS record with a ClientHello. */
const halfHello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
let world: TunnelWorld;
let client: LinkedClient;
const crowd = new Set<Socket>();

beforeAll(async () => {
  world = await startTunnelWorld({ answer: ({ url }) => url.pathname === '/hold' });
  client = await startLinkedClient(world, { relayPort: world.relayPort });
  await client.waitForState('open');
});
afterEach(async () => {
  const closed = [...crowd].filter((socket) => !socket.destroyed).map((socket) => once(socket, 'close'));
  for (const socket of crowd) socket.destroy();
  crowd.clear();
  await Promise.all(closed);
});
afterAll(async () => {
  await client.close();
  await world.close();
});

/** Opens connections of one program that stay open. */
async function gather(count: number, first: (port: number) => string | Buffer): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let at = 0; at < count; at += 100) {
    const some = Array.from({ length: Math.min(100, count - at) }, () => connect(client.port, '127.0.0.1'));
    for (const socket of some) {
      crowd.add(socket);
      socket.on('error', () => undefined);
      socket.once('connect', () => socket.write(first(client.port)));
      socket.resume();
    }
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  return sockets;
}

/** What another program gets, and after how many milliseconds. */
async function ask(): Promise<{ status: number; tookMs: number }> {
  const beganMs = performance.now();
  const response = await fetch(`${client.url}/quick`, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  return { status: response.status, tookMs: performance.now() - beganMs };
}

test.for<[string, (port: number) => string | Buffer]>([
  ['half a head of HTTP/1.1', (port) => `GET /half HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`],
  ['the first letters of a method', () => 'GE'],
  ['PRI', () => 'PRI'],
  ['the preface of HTTP/2', () => preface],
  ['nothing', () => ''],
  ['half a TLS hello', () => halfHello],
])('1,200 connections of one program with %s leave a place for another program', async ([_what, first]) => {
  await gather(1200, first);
  const { status, tookMs } = await ask();
  expect(status).toBe(200);
  // Far below the time for heads, after which the places would be free anyway.
  expect(tookMs).toBeLessThan(10_000);
});

test('4,000 half heads, and the same again after they were left, cost nobody the tunnel', async () => {
  for (let round = 0; round < 2; round += 1) {
    const sockets = await gather(4000, () => 'GET /half HTTP/1.1\r\n');
    expect((await ask()).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    expect((await ask()).status).toBe(200);
  }
  expect(client.states.at(-1)).toMatchObject({ status: 'open' });
  expect(client.states.filter(({ status }) => status === 'reconnecting')).toEqual([]);
});

test('1,200 connections that wait for their next request leave a place for another program', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1200 });
  const answers = Array.from({ length: 1200 }, async () => {
    const request = get(`${client.url}/quick`, { agent });
    request.on('socket', (socket) => crowd.add(socket));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  });
  const statuses = new Set((await Promise.allSettled(answers)).map((a) => (a.status === 'fulfilled' ? a.value : 0)));
  expect(statuses).toContain(200);
  expect((await ask()).status).toBe(200);
  agent.destroy();
});

test('1,200 slow bodies to one listener lose no place, and leave some to another listener', async () => {
  const tunnel = await welcomedTunnel(world, 'busy');
  const listeners = [1, 2].map((id) => ({ id, hosts: { [id === 1 ? host : 'other.localhost:7000']: 'echo' } }));
  tunnel.send(control({ type: 'listeners', listeners }));
  const slow = Buffer.from(`POST /slow HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\n{`);
  for (let id = 1; id <= 1200; id += 1) {
    tunnel.send(frame(frameType.open, id, [0, 1]), frame(frameType.data, id, slow));
  }
  const request = Buffer.from('GET /quick HTTP/1.1\r\nHost: other.localhost:7000\r\n\r\n');
  tunnel.send(frame(frameType.open, 1201, [0, 2]), frame(frameType.data, 1201, request));
  const { payload } = await tunnel.waitFor(({ type, streamId }) => type === frameType.data && streamId === 1201);
  expect(payload.toString()).toMatch(/^HTTP\/1\.1 200 /);
  const refused = tunnel.frames.filter(({ type }) => type === frameType.reset);
  expect(refused.map(({ streamId }) => streamId)).toEqual(Array.from({ length: 304 }, (_none, at) => 897 + at));
  expect(new Set(refused.map((one) => one.payload[1]))).toEqual(new Set([resetCode.tooManyStreams]));
  await tunnel.close();
});
