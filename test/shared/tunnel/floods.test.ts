import { expect, test } from 'vitest';
import { floodBurst, FloodGuard, floodPerSecond } from '../../../shared/tunnel/flood-guard.ts';
import { ProtocolError, writeFrameHeader } from '../../../shared/tunnel/frame-codec.ts';
import { Multiplexer } from '../../../shared/tunnel/multiplexer.ts';
import type { MessageChannel } from '../../../shared/tunnel/multiplexer-options.ts';
import { closeCode, frameHeaderBytes, frameType } from '../../../shared/tunnel/protocol.ts';

const tooMuch = expect.objectContaining({ name: 'ProtocolError', closeCode: closeCode.tooMuch });

function relay(channel: MessageChannel, now: () => number = () => 0): Multiplexer {
  const multiplexer = new Multiplexer({
    role: 'relay',
    schedule: () => undefined,
    maxWindowBytes: 1_048_576,
    maxGrowthBytes: 1_048_576,
    maxStreams: 100,
    maxChannelBytes: 65_536,
    maxRetainedBytes: 131_072,
    onOpen: (_stream, listenerId) =>
      listenerId === 1 ? { onData() {}, onEnd() {}, onReset() {}, onDrain() {} } : null,
    onControl: () => undefined,
    onPong: () => undefined,
    now,
  });
  multiplexer.attach(channel);
  return multiplexer;
}

function reader(): MessageChannel & { readonly sent: number } {
  let sent = 0;
  return {
    send: () => void (sent += 1),
    bufferedAmount: 0,
    get sent() {
      return sent;
    },
  };
}

function frames(...list: [type: number, streamId: number, ...payload: number[]][]): Uint8Array {
  const message = new Uint8Array(list.reduce((sum, [, , ...payload]) => sum + frameHeaderBytes + payload.length, 0));
  let offset = 0;
  for (const [type, streamId, ...payload] of list) {
    offset = writeFrameHeader(message, offset, type, streamId, payload.length);
    message.set(payload, offset);
    offset += payload.length;
  }
  return message;
}

function flood(multiplexer: Multiplexer, make: (index: number) => Uint8Array): unknown {
  try {
    for (let index = 1; index <= 20_000; index += 1) {
      multiplexer.receive(make(index));
      multiplexer.flush();
    }
    return null;
  } catch (error) {
    return error;
  }
}

test('opening and resetting streams over and over ends the tunnel with tooMuch', () => {
  const error = flood(relay(reader()), (id) => frames([frameType.open, id, 0, 1], [frameType.reset, id, 0, 1]));
  expect(error).toEqual(tooMuch);
});

test('opening streams of unknown listeners over and over ends the tunnel', () => {
  expect(flood(relay(reader()), (id) => frames([frameType.open, id, 0, 9]))).toEqual(tooMuch);
});

test('opening streams beyond the maximum over and over ends the tunnel', () => {
  expect(flood(relay(reader()), (id) => frames([frameType.open, id, 0, 1]))).toEqual(tooMuch);
});

test('pings without end end the tunnel', () => {
  expect(flood(relay(reader()), () => frames([frameType.ping, 0, 0, 0, 0, 0, 0, 0, 0, 1]))).toEqual(tooMuch);
});

test('control messages without end end the tunnel', () => {
  expect(flood(relay(reader()), () => frames([frameType.control, 0, 0x7b, 0x7d]))).toEqual(tooMuch);
});

test('a flood within a single message ends the tunnel as well', () => {
  const list = Array.from({ length: 10_000 }, (_none, id): [number, number, number, number] => [1, id + 1, 0, 9]);
  expect(() => relay(reader()).receive(frames(...list))).toThrow(ProtocolError);
});

test('a peer that pings within the rate and never reads is cut off at a bound of memory', () => {
  let now = 0;
  let buffered = 0;
  const channel: MessageChannel = {
    send: (message) => void (buffered += message.length),
    get bufferedAmount() {
      return buffered;
    },
  };
  const multiplexer = relay(channel, () => (now += 10));
  expect(flood(multiplexer, () => frames([frameType.ping, 0, 0, 0, 0, 0, 0, 0, 0, 1]))).toEqual(tooMuch);
  expect(buffered).toBeLessThan(2 * 131_072 + 1000);
});

test('a peer that never acknowledges is cut off at a bound of memory', () => {
  let now = 0;
  const multiplexer = relay(reader(), () => (now += 10));
  expect(flood(multiplexer, (id) => frames([frameType.open, id, 0, 9]))).toEqual(tooMuch);
});

test('many short streams that end in the orderly way are no flood', () => {
  const multiplexer = relay(reader());
  const error = flood(multiplexer, (id) => {
    for (const stream of multiplexer.streams()) stream.end();
    multiplexer.receive(frames([frameType.open, id, 0, 1], [frameType.data, id, 1], [frameType.end, id]));
    for (const stream of multiplexer.streams()) stream.end();
    return frames([frameType.ack, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
  expect(error).toBeNull();
  expect(multiplexer.openStreams).toBe(0);
});

test('the bound allows a burst and then a steady rate', () => {
  let now = 0;
  const guard = new FloodGuard(() => now);
  for (let index = 0; index < floodBurst; index += 1) guard.spend(1);
  expect(() => guard.spend(1)).toThrow(ProtocolError);
  for (let second = 1; second <= 20; second += 1) {
    now = second * 1000;
    for (let index = 0; index < floodPerSecond - 100; index += 1) guard.spend(1);
  }
  now += 60_000;
  for (let index = 0; index < floodBurst; index += 1) guard.spend(1);
});

test('a clock that goes back does not lift the bound or lock a peer out', () => {
  let now = 1_000_000;
  const guard = new FloodGuard(() => now);
  now = 0;
  for (let index = 0; index < floodBurst; index += 1) guard.spend(1);
  expect(() => guard.spend(1)).toThrow(ProtocolError);
  now = 1000;
  guard.spend(1);
});
