import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrames } from '../../../shared/tunnel/frame-codec.ts';
import { Outbox } from '../../../shared/tunnel/outbox.ts';
import { batchBytes, firstUnnumberedType, frameType, maxDataBytes } from '../../../shared/tunnel/protocol.ts';

interface Frame {
  readonly type: number;
  readonly streamId: number;
  readonly payload: readonly number[];
}

function framesOf(outbox: Outbox): { frames: Frame[]; numberedBytes: number; counted: number } {
  const expected = outbox.bytes;
  const { message, numberedBytes } = outbox.take((bytes) => new Uint8Array(bytes));
  expect(message.length).toBe(expected);
  const frames: Frame[] = [];
  const counted = decodeFrames(message, (type, streamId, payload) =>
    frames.push({ type, streamId, payload: [...payload] }),
  );
  return { frames, numberedBytes, counted };
}

test('data of one stream in a row is one frame; anything between ends it', () => {
  const outbox = new Outbox();
  const add = (type: number, streamId: number, ...payload: number[]): void =>
    outbox.add(type, streamId, new Uint8Array(payload), type < firstUnnumberedType);
  add(frameType.data, 1, 1, 2);
  add(frameType.data, 1, 3);
  add(frameType.data, 2, 4);
  add(frameType.data, 1, 5);
  add(frameType.ack, 0, 0, 0, 0, 0, 0, 0, 0, 9);
  add(frameType.data, 1, 6);
  expect(framesOf(outbox).frames).toEqual([
    { type: frameType.data, streamId: 1, payload: [1, 2, 3] },
    { type: frameType.data, streamId: 2, payload: [4] },
    { type: frameType.data, streamId: 1, payload: [5] },
    { type: frameType.ack, streamId: 0, payload: [0, 0, 0, 0, 0, 0, 0, 9] },
    { type: frameType.data, streamId: 1, payload: [6] },
  ]);
  add(frameType.data, 1, 7);
  expect(framesOf(outbox).frames).toEqual([{ type: frameType.data, streamId: 1, payload: [7] }]);
});

test('no frame is longer than the protocol allows', () => {
  const outbox = new Outbox();
  const piece = new Uint8Array(65_536);
  for (let bytes = 0; bytes <= batchBytes; bytes += piece.length) outbox.add(frameType.data, 1, piece, true);
  const lengths = framesOf(outbox).frames.map(({ payload }) => payload.length);
  expect(lengths).toEqual([maxDataBytes, 65_536]);
});

test('whatever is added comes out in order, whole, and counted as the peer counts it', () => {
  const entry = fc.record({
    type: fc.constantFrom(frameType.data, frameType.data, frameType.end, frameType.credit, frameType.ping),
    streamId: fc.integer({ min: 1, max: 3 }),
    payload: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const outbox = new Outbox();
      for (const { type, streamId, payload } of entries)
        outbox.add(type, streamId, payload, type < firstUnnumberedType);
      const { frames, numberedBytes, counted } = framesOf(outbox);
      expect(numberedBytes).toBe(counted);
      const flat = (all: readonly { type: number; streamId: number; payload: Iterable<number> }[]): unknown[] =>
        all.flatMap(({ type, streamId, payload }) =>
          type === frameType.data
            ? [...payload].map((byte) => [streamId, byte])
            : [[type, streamId, [...payload].join()]],
        );
      expect(flat(frames)).toEqual(flat(entries));
      const joinable = frames.some(
        (frame, index) =>
          frame.type === frameType.data &&
          frames[index + 1]?.type === frameType.data &&
          frames[index + 1]?.streamId === frame.streamId,
      );
      expect(joinable).toBe(false);
    }),
  );
});
