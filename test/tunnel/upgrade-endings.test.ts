import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type FaultyLink, startFaultyLink } from '../support/faulty-link/start-faulty-link.ts';
import { type LinkedClient, startLinkedClient } from './support/linked-client.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

const lastWords = 'last words '.repeat(500);
const upstream = new EventEmitter();
let server: Server;
let world: TunnelWorld;
let link: FaultyLink;
let client: LinkedClient;

beforeAll(async () => {
  server = createServer();
  server.on('upgrade', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    upstream.emit('socket', socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world = await startTunnelWorld({ upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await world.close();
  server.close();
});

beforeEach(async () => {
  link = await startFaultyLink(world.relayPort);
  client = await startLinkedClient(world, { relayPort: link.port });
  await client.waitForState('open');
});
afterEach(async () => {
  await client.close();
  await link.close();
});

/** An upgraded connection: the caller's end and the upstream's. */
async function upgraded(): Promise<{ caller: Socket; far: Socket }> {
  const arrived = once(upstream, 'socket');
  const caller = connect(client.port, '127.0.0.1');
  caller.on('error', () => undefined);
  onTestFinished(() => void caller.destroy());
  const head = [
    'GET /socket HTTP/1.1',
    `Host: 127.0.0.1:${client.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  caller.write(`${head.join('\r\n')}\r\n\r\n`);
  const [far] = (await arrived) as [Socket];
  const [answer] = (await once(caller, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /u);
  return { caller, far };
}

test('an upstream that breaks off an upgraded connection breaks off the caller’s', async () => {
  const { caller, far } = await upgraded();
  const broken = once(caller, 'error');
  far.resetAndDestroy();
  const [error] = (await broken) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test('last words and the end of an upgraded connection arrive, though the link was away when they came', async () => {
  const { caller, far } = await upgraded();
  link.refuse = true;
  link.breakAll('cut');
  await client.waitForState('reconnecting');
  const ended = once(far, 'close');
  far.end(lastWords);
  far.resume();
  // The caller's end of it is only told by the tunnel; the upstream's is over now.
  far.destroySoon();
  await ended;
  link.refuse = false;
  expect(await text(caller)).toBe(lastWords);
});

test('what the caller said last reaches the upstream, though the link was away when it was said', async () => {
  const { caller, far } = await upgraded();
  link.refuse = true;
  link.breakAll('cut');
  await client.waitForState('reconnecting');
  caller.end(lastWords);
  link.refuse = false;
  expect(await text(far)).toBe(lastWords);
});
