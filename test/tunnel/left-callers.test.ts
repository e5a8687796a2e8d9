import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { carrySocket } from '../../client/tunnel/carry-socket.ts';
import { resetPayload } from '../../shared/tunnel/frame-payloads.ts';
import { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import { frameType, initialWindowBytes, resetCode } from '../../shared/tunnel/protocol.ts';
import type { TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { frame, host, type RawTunnel, welcomedTunnel } from './support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from './support/tunnel-world.ts';

const patience = { timeout: 20_000 };

function multiplexer(role: 'client' | 'relay', onOpen: (stream: TunnelStream) => void = () => undefined): Multiplexer {
  return new Multiplexer({
    role,
    schedule: setImmediate,
    maxWindowBytes: 1_048_576,
    maxGrowthBytes: 1_048_576,
    maxStreams: 10,
    maxChannelBytes: 1_048_576,
    maxRetainedBytes: 1_048_576,
    onControl: () => undefined,
    onPong: () => undefined,
    onOpen: (stream) => {
      onOpen(stream);
      return stream.owner;
    },
  });
}

test('a client sends what waits for credit, and the end, before it says that the caller is gone', async () => {
  const events: (string | number)[] = [];
  const received = (): number => events.filter((event) => typeof event === 'number').reduce((sum, one) => sum + one, 0);
  let far: TunnelStream | undefined;
  const relay = multiplexer('relay', (stream) => {
    far = stream;
    stream.owner = {
      onData: (chunk) => events.push(chunk.length),
      onEnd: (readsOn) => events.push(readsOn ? 'end, reads on' : 'end'),
      onReset: () => events.push('reset'),
      onLeft: () => {
        events.push('left');
        return true;
      },
      onDrain: () => undefined,
    };
  });
  const client = multiplexer('client');
  client.attach({ send: (message) => setImmediate(() => relay.receive(message)), bufferedAmount: 0 });
  relay.attach({ send: (message) => setImmediate(() => client.receive(message)), bufferedAmount: 0 });

  const server = createTcpServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    caller.destroy();
    accepted.destroy();
    server.close();
  });
  let looks = 0;
  carrySocket(accepted, client, 1, {
    isCallerThere: async () => (looks += 1) === 1,
    onClose: () => undefined,
    onCut: () => undefined,
    onIdleLost: () => undefined,
  });
  caller.write(Buffer.alloc(initialWindowBytes));
  await expect.poll(received, patience).toBe(initialWindowBytes);
  caller.end(Buffer.alloc(40_000));
  await once(accepted, 'close');
  expect(looks).toBe(2);
  expect(events).not.toContain('reset');
  far?.consumed(initialWindowBytes);
  await expect.poll(() => events.at(-1), patience).toBe('left');
  expect(received()).toBe(initialWindowBytes + 40_000);
  expect(events.slice(-2)).toEqual(['end, reads on', 'left']);
});

describe('what a caller sent before its end reaches an API that reads late, though the caller is gone', () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const sockets: Socket[] = [];
  let server: Server;
  let world: TunnelWorld;
  beforeAll(async () => {
    server = createServer();
    server.on('upgrade', (_request: IncomingMessage, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      sockets.push(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    world = await startTunnelWorld({ upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  }, 90_000);
  afterAll(async () => {
    await world?.close();
    server.close();
  });

  /** Sends as long as the relay gives credit for more than a chunk; gives how many bytes it took. */
  async function fill(tunnel: RawTunnel, streamId: number): Promise<number> {
    let sent = 0;
    let lastMs = Date.now();
    const credit = (): number =>
      tunnel.frames
        .filter((one) => one.type === frameType.credit && one.streamId === streamId)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(), initialWindowBytes - 1024);
    const send = (): number => {
      while (credit() - sent >= chunk.length) {
        tunnel.send(frame(frameType.data, streamId, chunk));
        sent += chunk.length;
        lastMs = Date.now();
      }
      return Date.now() - lastMs;
    };
    // No credit comes any more: the relay keeps what it has for an API that doesn’t read.
    await expect.poll(send, { timeout: 60_000 }).toBeGreaterThan(1000);
    return sent;
  }

  test.each([
    ['that says it reads on', [1]],
    ['that says nothing', []],
  ])('behind an end %s', { timeout: 90_000 }, async (_which, end) => {
    const tunnel = await welcomedTunnel(world, 'cut');
    const head = [
      'GET /socket HTTP/1.1',
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    expect(await tunnel.request(1, Buffer.from(`${head.join('\r\n')}\r\n\r\n`))).toBe(101);
    const sent = await fill(tunnel, 1);
    tunnel.send(
      frame(frameType.end, 1, end),
      frame(frameType.reset, 1, resetPayload(resetCode.cancelled, 'The local connection was closed.')),
      frame(frameType.ping, 0, Buffer.alloc(8)),
    );
    await tunnel.waitFor(({ type }) => type === frameType.pong);
    const socket = sockets.pop();
    if (socket === undefined) throw new Error('There is no connection.');
    const received = await buffer(socket);
    expect(received.length).toBe(sent);
    // And the API isn’t left waiting for who is gone.
    await expect.poll(() => socket.destroyed, patience).toBe(true);
    await tunnel.close();
  });
});
