import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { frameType, resetCode } from '../../shared/tunnel/protocol.ts';
import { startLinkedClient } from './support/linked-client.ts';
import { frame, getRequest, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

const mebibyte = 1_048_576;
const limitBytes = 4 * mebibyte;
const sockets = new Set<Socket>();
let server: Server;
let world: TunnelWorld;

beforeAll(async () => {
  // Answers GET, endlessly at one path; takes no byte of a body.
  server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (head: Buffer) => {
      if (!head.toString().startsWith('GET')) socket.pause();
      else if (!head.includes('/endless')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(mebibyte)]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world = await startTunnelWorld({
    upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    limits: { max_buffered_bytes: limitBytes },
  });
});
afterAll(async () => {
  await world.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

function relayMemory(): number {
  const status = readFileSync(`/proc/${world.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) * 1024;
}

async function requireService(tunnel: RawTunnel, firstId: number): Promise<void> {
  for (let id = firstId; id < firstId + 10; id += 1) expect(await tunnel.request(id, getRequest('/ok'))).toBe(200);
}

test('a client that acknowledges nothing fills its half; then it is refused, and others don’t notice', async () => {
  const before = relayMemory();
  const greedy = await welcomedTunnel(world, 'ann');
  const modest = await welcomedTunnel(world, 'bob');
  const isReset = ({ type }: { type: number }): boolean => type === frameType.reset;
  for (let id = 1; id <= 100 && !greedy.frames.some(isReset); id += 1) {
    greedy.send(frame(frameType.open, id, [0, 1]), frame(frameType.data, id, getRequest('/endless')));
    greedy.send(frame(frameType.ping, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, id])));
    await greedy.waitFor(({ type, payload }) => type === frameType.pong && payload[7] === id);
    await modest.request(id, getRequest('/ok'));
  }
  const refused = await greedy.waitFor(isReset);
  expect(refused.payload[1]).toBe(resetCode.tooManyStreams);
  expect(refused.payload.toString('utf8', 2)).toMatch(/no memory/u);
  await requireService(modest, 1001);
  expect(relayMemory() - before).toBeLessThan(limitBytes + 64 * mebibyte);
  greedy.acknowledge();
  expect(await greedy.request(2001, getRequest('/ok'))).toBe(200);
  await Promise.all([greedy.close(), modest.close()]);
});

/** Posts far more than the upstream takes. */
function stuckUpload(port: number): void {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.write(`POST /stuck HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 100000000\r\n\r\n`);
  socket.write(Buffer.alloc(8 * mebibyte));
}

test('uploads that nobody reads get a caller 503 with Retry-After for more of them, and cost others nothing', async () => {
  const before = relayMemory();
  const greedy = await startLinkedClient(world, { relayPort: world.relayPort });
  onTestFinished(() => greedy.close());
  await greedy.waitForState('open');
  const modest = await welcomedTunnel(world, 'bob');
  const ask = async (): Promise<string> => {
    const socket = connect(greedy.port, '127.0.0.1');
    socket.write(`GET /ok HTTP/1.1\r\nHost: 127.0.0.1:${greedy.port}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  let answer = await ask();
  expect(answer).toMatch(/^HTTP\/1\.1 200 /u);
  for (let count = 0; count < 60 && answer.startsWith('HTTP/1.1 200 '); count += 1) {
    stuckUpload(greedy.port);
    answer = await ask();
  }
  expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*"code":"overloaded"/u);
  await requireService(modest, 1);
  expect(relayMemory() - before).toBeLessThan(limitBytes + 96 * mebibyte);
  for (const socket of sockets) socket.destroy();
  while ((await ask()).startsWith('HTTP/1.1 503 '));
  expect(await ask()).toMatch(/^HTTP\/1\.1 200 /u);
  await modest.close();
}, 180_000);
