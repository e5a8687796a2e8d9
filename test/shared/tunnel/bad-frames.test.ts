import { expect, test } from 'vitest';
import { ProtocolError, writeFrameHeader, writeUint32, writeUint53 } from '../../../shared/tunnel/frame-codec.ts';
import { Multiplexer } from '../../../shared/tunnel/multiplexer.ts';
import { frameHeaderBytes, frameType, initialWindowBytes, resetCode } from '../../../shared/tunnel/protocol.ts';
import type { StreamOwner } from '../../../shared/tunnel/tunnel-stream.ts';

const idle: StreamOwner = { onData() {}, onEnd() {}, onReset() {}, onDrain() {} };

function multiplexer(role: 'client' | 'relay', maxStreams = 10): Multiplexer {
  return new Multiplexer({
    role,
    schedule: () => undefined,
    maxWindowBytes: 1_048_576,
    maxGrowthBytes: 1_048_576,
    maxStreams,
    maxChannelBytes: 1_048_576,
    maxRetainedBytes: 1_048_576,
    ...(role === 'relay' ? { onOpen: (_stream, listenerId: number) => (listenerId === 1 ? idle : null) } : {}),
    onControl: () => undefined,
    onPong: () => undefined,
  });
}

function frame(type: number, streamId: number, payload: Uint8Array | number[] = []): Uint8Array {
  const message = new Uint8Array(frameHeaderBytes + payload.length);
  writeFrameHeader(message, 0, type, streamId, payload.length);
  message.set(payload, frameHeaderBytes);
  return message;
}

const open = (id: number): Uint8Array => frame(frameType.open, id, [0, 1]);
const uint32 = (value: number): Uint8Array => {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, value);
  return payload;
};
const uint53 = (value: number): Uint8Array => {
  const payload = new Uint8Array(8);
  writeUint53(payload, 0, value);
  return payload;
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test.each<[string, ...Uint8Array[]]>([
  ['a stream id that was used before', open(3), frame(frameType.reset, 3, [0, 1]), open(3)],
  ['a stream id that is open', open(3), open(3)],
  ['a stream id below an earlier one', open(3), open(2)],
  ['stream 0', open(0)],
  ['a stream id above 2^31 − 1', open(0x8000_0000)],
  ['an OPEN without a listener', frame(frameType.open, 1, [])],
  ['an OPEN with a byte too many', frame(frameType.open, 1, [0, 1, 0])],
  ['data on a stream that was never opened', frame(frameType.data, 1, [1])],
  ['data on stream 0', open(1), frame(frameType.data, 0, [1])],
  ['data beyond the credit', open(1), frame(frameType.data, 1, new Uint8Array(initialWindowBytes + 1))],
  [
    'data beyond the credit, in portions',
    open(1),
    frame(frameType.data, 1, new Uint8Array(initialWindowBytes)),
    frame(frameType.data, 1, [1]),
  ],
  ['data without a byte', open(1), frame(frameType.data, 1)],
  ['data after the end', open(1), frame(frameType.end, 1), frame(frameType.data, 1, [1])],
  ['a second end', open(1), frame(frameType.end, 1), frame(frameType.end, 1)],
  ['an end with another byte than 1', open(1), frame(frameType.end, 1, [2])],
  ['an end with two bytes', open(1), frame(frameType.end, 1, [1, 1])],
  ['an end of a stream that was never opened', frame(frameType.end, 9)],
  ['a reset without a code', open(1), frame(frameType.reset, 1, [1])],
  ['a reset with a long reason', open(1), frame(frameType.reset, 1, new Uint8Array(303))],
  ['a reset of a stream that was never opened', frame(frameType.reset, 9, [0, 1])],
  ['a reset of stream 0', frame(frameType.reset, 0, [0, 1])],
  ['credit of zero', open(1), frame(frameType.credit, 1, uint32(0))],
  ['credit that overflows at once', open(1), frame(frameType.credit, 1, uint32(0x7fff_ffff))],
  [
    'credit that overflows in sum',
    open(1),
    frame(frameType.credit, 1, uint32(0x4000_0000)),
    frame(frameType.credit, 1, uint32(0x4000_0000)),
  ],
  ['credit of another length', open(1), frame(frameType.credit, 1, [1])],
  ['credit for a stream that was never opened', frame(frameType.credit, 1, uint32(1))],
  ['a mark from the client', open(1), frame(frameType.mark, 1, uint53(0))],
  ['a mark without a position', open(1), frame(frameType.mark, 1)],
  ['control on another stream than 0', open(1), frame(frameType.control, 1, text('{}'))],
  ['control that isn’t JSON', frame(frameType.control, 0, text('{'))],
  ['control that isn’t UTF-8', frame(frameType.control, 0, [0x22, 0xff, 0x22])],
  ['control over 1 MiB', frame(frameType.control, 0, new Uint8Array(1_048_577).fill(0x20))],
  ['a ping of another length', frame(frameType.ping, 0, [1])],
  ['a ping on a stream', open(1), frame(frameType.ping, 1, uint53(1))],
  ['a pong of another length', frame(frameType.pong, 0, [])],
  ['a pong beyond 2^53 − 1', frame(frameType.pong, 0, [0xff, 0, 0, 0, 0, 0, 0, 0])],
  ['an acknowledgement of what was never sent', frame(frameType.ack, 0, uint53(1))],
  ['an acknowledgement of another length', frame(frameType.ack, 0, [0, 0, 0, 0])],
  ['a resumption later than the first message', frame(frameType.resume, 0, text('{}'))],
])('%s is a protocol error', (_what, ...messages) => {
  const relay = multiplexer('relay');
  const last = messages.at(-1) ?? new Uint8Array(0);
  for (const message of messages.slice(0, -1)) relay.receive(message);
  expect(() => relay.receive(last)).toThrow(ProtocolError);
});

test('the relay can’t open streams at a client', () => {
  expect(() => multiplexer('client').receive(open(1))).toThrow(ProtocolError);
});

test('only a client says of an end that its caller reads on', () => {
  const client = multiplexer('client');
  client.open(1, idle);
  expect(() => client.receive(frame(frameType.end, 1, [1]))).toThrow(ProtocolError);
  const relay = multiplexer('relay');
  relay.receive(open(1));
  relay.receive(frame(frameType.end, 1, [1]));
  expect([...relay.streams()].map(({ receivedEnd }) => receivedEnd)).toEqual([true]);
});

test('a client refuses frames of a stream that it never opened', () => {
  expect(() => multiplexer('client').receive(frame(frameType.data, 7, [1]))).toThrow(ProtocolError);
});

test('frames that were under way when a stream closed are ignored', () => {
  const relay = multiplexer('relay');
  relay.receive(open(1));
  for (const stream of relay.streams()) stream.reset(resetCode.cancelled, '');
  for (const late of [
    frame(frameType.data, 1, [1]),
    frame(frameType.credit, 1, uint32(5)),
    frame(frameType.end, 1),
    frame(frameType.reset, 1, [0, 1]),
  ]) {
    relay.receive(late);
  }
  expect(relay.openStreams).toBe(0);
});

test('streams beyond the maximum and for unknown listeners are reset, and the others go on', () => {
  const relay = multiplexer('relay', 2);
  const sent: Uint8Array[] = [];
  relay.attach({ send: (message) => void sent.push(message), bufferedAmount: 0 });
  for (const id of [1, 2, 3]) relay.receive(open(id));
  expect(relay.openStreams).toBe(2);
  relay.flush();
  expect(sent[0]?.[0]).toBe(frameType.reset);
  expect(sent[0]?.[frameHeaderBytes + 1]).toBe(resetCode.tooManyStreams);
  relay.receive(frame(frameType.reset, 1, [0, 1]));
  relay.receive(frame(frameType.open, 4, [0, 9]));
  relay.flush();
  expect(sent[1]?.[frameHeaderBytes + 1]).toBe(resetCode.refused);
  expect(relay.openStreams).toBe(1);
});
