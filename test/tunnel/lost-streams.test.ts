import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { carrySocket } from '../../client/tunnel/carry-socket.ts';
import { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import { frameType, resetCode } from '../../shared/tunnel/protocol.ts';
import { frame } from './support/raw-tunnel.ts';

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

/** A local connection carried by a client whose relay is the test. */
async function carried(): Promise<{
  readonly caller: Socket;
  readonly client: Multiplexer;
  readonly idle: () => number;
  /** Writes as the caller and waits until the tunnel has it. */
  readonly say: (words: string) => Promise<void>;
  readonly mark: (answeredBytes: number) => void;
}> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    caller.destroy();
    accepted.destroy();
    server.close();
  });
  const client = new Multiplexer({
    role: 'client',
    schedule: setImmediate,
    maxWindowBytes: 1_048_576,
    maxGrowthBytes: 1_048_576,
    maxStreams: 10,
    maxChannelBytes: 1_048_576,
    maxRetainedBytes: 1_048_576,
    onControl: () => undefined,
    onPong: () => undefined,
  });
  client.attach({ send: () => undefined, bufferedAmount: 0 });
  let idle = 0;
  carrySocket(accepted, client, 1, {
    isCallerThere: null,
    onClose: () => undefined,
    onCut: () => undefined,
    onIdleLost: () => (idle += 1),
  });
  return {
    caller,
    client,
    idle: () => idle,
    async say(words) {
      const arrived = once(accepted, 'data');
      caller.write(words);
      await arrived;
    },
    mark(answeredBytes) {
      const payload = Buffer.alloc(8);
      payload.writeBigUInt64BE(BigInt(answeredBytes));
      client.receive(frame(frameType.mark, 1, payload));
    },
  };
}

test('a request that was lost before its answer gets a 502 that says the outcome is unknown', async () => {
  const { caller, client, say } = await carried();
  await say(request);
  client.abandon(resetCode.tunnelLost, 'gone');
  const words = await text(caller);
  expect(words).toMatch(/^HTTP\/1\.1 502 /u);
  expect(words).toContain('"code":"outcome-unknown"');
});

test('an answer that was lost in the middle ends in a reset, never in an orderly close', async () => {
  const { caller, client, say } = await carried();
  await say(request);
  client.receive(frame(frameType.data, 1, answer.subarray(0, 30)));
  await once(caller, 'data');
  client.abandon(resetCode.tunnelLost, 'gone');
  const [error] = (await once(caller, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test('a connection whose requests are all answered is idle, and can go on', async () => {
  const { client, idle, say, mark } = await carried();
  await say(request);
  client.receive(frame(frameType.data, 1, answer));
  mark(request.length);
  client.abandon(resetCode.tunnelLost, 'gone');
  expect(idle()).toBe(1);
});

test('a second request, sent before the mark of the first answer came, is not forgotten', async () => {
  const { caller, client, idle, say, mark } = await carried();
  await say(request);
  client.receive(frame(frameType.data, 1, answer));
  await once(caller, 'data');
  await say(request);
  mark(request.length);
  client.abandon(resetCode.tunnelLost, 'gone');
  expect(idle()).toBe(0);
  expect(await text(caller)).toMatch(/^HTTP\/1\.1 502 /u);
});
