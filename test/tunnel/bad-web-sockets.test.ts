import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { frameType } from '../../shared/tunnel/protocol.ts';
import { frame, getRequest, hello, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { rawWebSocket, type WebSocketFrame, webSocketFrame } from './support/raw-web-socket.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

vi.setConfig({ testTimeout: 180_000 });

const mebibyte = 1_048_576;
let world: TunnelWorld;
let bystander: RawTunnel;

beforeAll(async () => {
  world = await startTunnelWorld({
    answer: ({ url, response }) => {
      if (url.pathname !== '/endless') return false;
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
      return true;
    },
  });
});
afterAll(() => world.close());

beforeEach(async () => {
  bystander = await welcomedTunnel(world, 'bystander');
});

afterEach(async () => {
  expect(await bystander.request(1), 'another person’s tunnel goes on').toBe(200);
  await bystander.close();
});

/** Memory of the relay's process in bytes, by the kernel's count. */
function relayMemory(): number {
  const status = readFileSync(`/proc/${world.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) * 1024;
}

const helloFrame: WebSocketFrame = { opcode: 2, payload: hello };

test.each<[string, number, WebSocketFrame[]]>([
  ['an unmasked frame', 1002, [{ ...helloFrame, masked: false }]],
  ['a text message', 4400, [{ opcode: 1, payload: Buffer.from('{}') }]],
  ['a text message after hello', 4400, [helloFrame, { opcode: 1, payload: Buffer.from('hi') }]],
  ['a compressed frame', 1002, [{ ...helloFrame, reserved: 0x40 }]],
  ['other reserved bits', 1002, [{ ...helloFrame, reserved: 0x10 }]],
  ['an unknown opcode', 1002, [{ opcode: 5 }]],
  ['a continuation of nothing', 1002, [{ opcode: 0 }]],
  ['a new message within a fragmented one', 1002, [{ ...helloFrame, fin: false }, helloFrame]],
  ['a fragmented ping', 1002, [{ opcode: 9, fin: false }]],
  ['a ping of 126 bytes', 1002, [{ opcode: 9, payload: new Uint8Array(126) }]],
  ['a claim of one byte beyond the largest message', 1009, [{ opcode: 2, claimedBytes: 4 * mebibyte + 1 }]],
  ['a claim of 2^53 bytes', 1009, [{ opcode: 2, claimedBytes: 2 ** 53 }]],
])('%s closes with %i', async (_what, code, frames) => {
  const before = relayMemory();
  const raw = await rawWebSocket(world, 'ann');
  raw.send(...frames);
  expect(await raw.closeCode()).toBe(code);
  expect(relayMemory() - before).toBeLessThan(32 * mebibyte);
});

test('fragments together beyond the largest message close with 1009', async () => {
  const raw = await rawWebSocket(world, 'ann');
  raw.send({ opcode: 2, fin: false, payload: Buffer.alloc(3 * mebibyte) });
  raw.send({ opcode: 0, fin: false, payload: Buffer.alloc(mebibyte + 1) });
  expect(await raw.closeCode()).toBe(1009);
});

test.each([
  ['of one byte', Buffer.from([1])],
  ['without a byte', Buffer.alloc(0)],
])('a flood of fragments %s is ended while memory stays flat', async (_what, payload) => {
  const before = relayMemory();
  const raw = await rawWebSocket(world, 'ann');
  raw.send({ opcode: 2, fin: false, payload });
  const many = Buffer.concat(Array.from({ length: 1000 }, () => webSocketFrame({ opcode: 0, fin: false, payload })));
  await raw.flood(many);
  expect(relayMemory() - before).toBeLessThan(48 * mebibyte);
});

test('a client that pings at the WebSocket’s level and never reads costs no memory', async () => {
  const before = relayMemory();
  const raw = await rawWebSocket(world, 'ann', false);
  raw.send(helloFrame);
  const pings = Buffer.concat(
    Array.from({ length: 500 }, () => webSocketFrame({ opcode: 9, payload: Buffer.alloc(125) })),
  );
  // Were each answered, the pongs would stay in the relay's memory, several hundred bytes each.
  for (let sent = 0; sent < 16 * mebibyte; sent += pings.length) {
    if (!raw.socket.write(pings)) await new Promise((resolve) => raw.socket.once('drain', resolve));
  }
  expect(relayMemory() - before).toBeLessThan(48 * mebibyte);
  raw.socket.destroy();
  await raw.closed;
});

test('a client that never reads holds back its own downloads, in bounded memory', async () => {
  const before = relayMemory();
  const raw = await rawWebSocket(world, 'ann', false);
  const payload = [hello];
  for (let id = 1; id <= 50; id += 1) {
    payload.push(frame(frameType.open, id, [0, 1]), frame(frameType.data, id, getRequest('/endless')));
    // Credit for far more than the relay may keep.
    payload.push(frame(frameType.credit, id, [0x10, 0, 0, 0]));
  }
  raw.send({ opcode: 2, payload: Buffer.concat(payload) });
  for (let id = 1; id <= 20; id += 1) await bystander.request(id * 2 + 1);
  expect(relayMemory() - before).toBeLessThan(96 * mebibyte);
  raw.socket.destroy();
  await raw.closed;
  await bystander.close();
  bystander = await welcomedTunnel(world, 'bystander');
});
