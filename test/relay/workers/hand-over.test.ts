import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  type HandedOver,
  handOver,
  type HandOverServer,
  listenForHandOvers,
} from '../../../relay/workers/hand-over.ts';

const secret = 'the secret of the workers';
let folder: string;
let path: string;
let owner: HandOverServer;
let taken: { socket: WebSocket; client: HandedOver; received: string[] }[];
let knowsTunnel: boolean;
let front: WebSocketServer;
let client: WebSocket;
/** The client's WebSocket at the worker that it came to. */
let arrived: WebSocket;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-workers-'));
  path = join(folder, '2.1.sock');
  taken = [];
  knowsTunnel = true;
  owner = await listenForHandOvers({
    path,
    secret,
    maxMessageBytes: 100_000,
    log: pino({ level: 'silent' }),
    async take(socket, handedOver) {
      if (!knowsTunnel) return false;
      const received: string[] = [];
      socket.on('message', (message: Buffer) => received.push(message.toString()));
      taken.push({ socket, client: handedOver, received });
      return true;
    },
  });
  front = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(front, 'listening');
  const connected = once(front, 'connection') as Promise<[WebSocket]>;
  client = new WebSocket(`ws://127.0.0.1:${(front.address() as AddressInfo).port}/`);
  [arrived] = await connected;
  await (client.readyState === WebSocket.OPEN || once(client, 'open'));
});

afterEach(() => {
  client.terminate();
  for (const socket of front.clients) socket.terminate();
  front.close();
  owner.close();
  rmSync(folder, { recursive: true, force: true });
});

const returning = (messages: readonly string[] = ['resume']) => ({
  socket: arrived,
  resumeToken: '2.1.token',
  accessToken: 'access',
  remoteAddress: '192.0.2.1',
  messages: messages.map((message) => Buffer.from(message)),
});

test('a worker that can’t be reached takes nobody', async () => {
  expect(await handOver(join(folder, '2.9.sock'), secret, returning())).toBe(false);
  expect(arrived.readyState).toBe(WebSocket.OPEN);
});

test('who doesn’t know the workers’ secret can hand nobody over', async () => {
  expect(await handOver(path, 'another secret', returning())).toBe(false);
  expect(await handOver(path, '', returning())).toBe(false);
  expect(taken).toHaveLength(0);
});

test('a worker that doesn’t know the tunnel refuses, and the client stays where it is', async () => {
  knowsTunnel = false;
  expect(await handOver(path, secret, returning())).toBe(false);
  client.send('still here');
  const [message] = (await once(arrived, 'message')) as [Buffer];
  expect(message.toString()).toBe('still here');
});

test('what isn’t a description of a client is cut off', async () => {
  const stranger = new WebSocket(`ws+unix:${path}:/`, { headers: { authorization: `Bearer ${secret}` } });
  await once(stranger, 'open');
  stranger.send('{"resumeToken":5}');
  const [code] = (await once(stranger, 'close')) as [number];
  expect(code).toBe(1006);
  expect(taken).toHaveLength(0);
});

test('messages pass in their order in both directions, those that came before the hand-over first', async () => {
  expect(await handOver(path, secret, returning(['one', 'two']))).toBe(true);
  const [owned] = taken;
  expect(owned?.client).toEqual({ resumeToken: '2.1.token', accessToken: 'access', remoteAddress: '192.0.2.1' });
  client.send('three');
  await expect.poll(() => owned?.received).toEqual(['one', 'two', 'three']);
  owned?.socket.send(Buffer.from([1, 2, 3]));
  const [message, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
  expect([message, isBinary]).toEqual([Buffer.from([1, 2, 3]), true]);
});

test('a client that says goodbye says it to the owner; one that is lost is lost there, too', async () => {
  expect(await handOver(path, secret, returning())).toBe(true);
  const closed = once(taken[0]?.socket ?? arrived, 'close') as Promise<[number]>;
  client.close(1000);
  expect((await closed)[0]).toBe(1000);
});

test('a link that breaks is a lost link at the owner', async () => {
  expect(await handOver(path, secret, returning())).toBe(true);
  const closed = once(taken[0]?.socket ?? arrived, 'close') as Promise<[number]>;
  client.terminate();
  expect((await closed)[0]).toBe(1006);
});

test('the owner’s reason for closing reaches the client; its death is a lost link', async () => {
  expect(await handOver(path, secret, returning())).toBe(true);
  const closed = once(client, 'close') as Promise<[number]>;
  taken[0]?.socket.close(4403);
  expect((await closed)[0]).toBe(4403);
});

test('a client that doesn’t read holds the owner back instead of filling memory', async () => {
  expect(await handOver(path, secret, returning())).toBe(true);
  client.pause();
  const owned = taken[0]?.socket;
  const message = Buffer.alloc(90_000);
  let sent = 0;
  // Kernel buffers hold some megabytes; what is beyond them waits at the owner.
  while ((owned?.bufferedAmount ?? 0) < 4_000_000 && sent < 2000) {
    owned?.send(message);
    sent += 1;
    if (sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sent).toBeLessThan(2000);
  expect(arrived.bufferedAmount).toBeLessThan(4_000_000);
  let received = 0;
  client.on('message', () => (received += 1));
  client.resume();
  await expect.poll(() => received).toBe(sent);
});
