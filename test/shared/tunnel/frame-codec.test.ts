import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeFrames,
  ProtocolError,
  readUint32,
  readUint53,
  writeFrameHeader,
  writeUint32,
  writeUint53,
} from '../../../shared/tunnel/frame-codec.ts';
import { firstUnnumberedType, frameHeaderBytes, frameType } from '../../../shared/tunnel/protocol.ts';

interface Frame {
  readonly type: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

const types = Object.values(frameType);
const frames = fc.array(
  fc.record({
    type: fc.constantFrom(...types),
    streamId: fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0xffff_ffff), fc.nat(0xffff_ffff)),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 20 },
);

function encode(list: readonly Frame[]): { message: Uint8Array; numberedBytes: number } {
  const length = list.reduce((sum, { payload }) => sum + frameHeaderBytes + payload.length, 0);
  const message = new Uint8Array(length);
  let offset = 0;
  let numberedBytes = 0;
  for (const { type, streamId, payload } of list) {
    const start = writeFrameHeader(message, offset, type, streamId, payload.length);
    message.set(payload, start);
    if (type < firstUnnumberedType) numberedBytes += start + payload.length - offset;
    offset = start + payload.length;
  }
  return { message, numberedBytes };
}

function decode(message: Uint8Array): { list: Frame[]; numberedBytes: number } {
  const list: Frame[] = [];
  const numberedBytes = decodeFrames(message, (type, streamId, payload) => list.push({ type, streamId, payload }));
  return { list, numberedBytes };
}

/** What decoding gives, or null for a protocol error; anything else thrown fails the test. */
function decodeOrRefuse(message: Uint8Array): ReturnType<typeof decode> | null {
  try {
    return decode(message);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

test.each([
  ['a cut off header', bytes(2, 0, 0, 0, 0, 0, 0)],
  ['type 0', bytes(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)],
  ['a type between the numbered and the unnumbered ones', bytes(8, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)],
  ['a type above the last one', bytes(22, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)],
  ['flags', bytes(2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)],
  ['the first reserved byte', bytes(2, 0, 128, 0, 0, 0, 0, 1, 0, 0, 0, 0)],
  ['the second reserved byte', bytes(2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0)],
  ['a payload that is cut off', bytes(2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 9)],
  ['a payload of 4 GiB that isn’t there', bytes(2, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255)],
])('%s is a protocol error', (_what, message) => {
  expect(() => decode(message)).toThrow(ProtocolError);
});

test.each([
  [
    'a header behind a whole frame',
    bytes(2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0),
    'A frame header is cut off: 2 of 12 bytes.',
  ],
  [
    'all but the last byte of a header',
    bytes(2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
    'A frame header is cut off: 11 of 12 bytes.',
  ],
  [
    'a payload behind a whole frame',
    bytes(2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 7, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 8),
    'A frame claims 3 bytes, but only 1 follow.',
  ],
])('%s that is cut off is named with its bytes', (_what, message, reason) => {
  expect(() => decode(message)).toThrow(reason);
});

test('a header replaces all that stood in its place, and nothing around it', () => {
  const target = new Uint8Array(16).fill(0xff);

  expect(writeFrameHeader(target, 2, frameType.data, 0x0102_0304, 0x0506_0708)).toBe(14);
  expect(target).toEqual(bytes(255, 255, frameType.data, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 255, 255));
});

test.each([
  [2 ** 32 - 1, bytes(0, 0, 0, 0, 255, 255, 255, 255)],
  [2 ** 32, bytes(0, 0, 0, 1, 0, 0, 0, 0)],
  [2 ** 33 + 1, bytes(0, 0, 0, 2, 0, 0, 0, 1)],
  [Number.MAX_SAFE_INTEGER, bytes(0, 31, 255, 255, 255, 255, 255, 255)],
])('the position %d has these 8 bytes', (position, written) => {
  const target = new Uint8Array(8).fill(0xaa);
  writeUint53(target, 0, position);

  expect(target).toEqual(written);
  expect(readUint53(written, 0)).toBe(position);
});

test('a claimed length allocates nothing', () => {
  const message = bytes(2, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255);
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 0; index < 1000; index += 1) decodeOrRefuse(message);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_048_576);
});

test('payloads are views into the message, not copies', () => {
  const { message } = encode([{ type: frameType.data, streamId: 1, payload: bytes(1, 2, 3) }]);
  expect(decode(message).list[0]?.payload.buffer).toBe(message.buffer);
});

test('any frames come back from one message as they were, with the count of numbered bytes', () => {
  fc.assert(
    fc.property(frames, (list) => {
      const { message, numberedBytes } = encode(list);
      const decoded = decode(message);
      expect(decoded.list).toEqual(list);
      expect(decoded.numberedBytes).toBe(numberedBytes);
      const counted = list
        .filter(({ type }) => type < firstUnnumberedType)
        .reduce((sum, { payload }) => sum + frameHeaderBytes + payload.length, 0);
      expect(numberedBytes).toBe(counted);
    }),
  );
});

test('any division of frames into messages gives the same frames', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(19)), (list, cuts) => {
      const borders = [0, ...cuts.filter((cut) => cut < list.length).toSorted((a, b) => a - b), list.length];
      const decoded = borders.flatMap((from, index) => {
        const part = list.slice(from, borders[index + 1] ?? list.length);
        return decode(encode(part).message).list;
      });
      expect(decoded).toEqual(list);
    }),
  );
});

test('a message cut short at any byte is refused, unless the cut is between two frames', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (list, at) => {
      const { message } = encode(list);
      const cut = message.length === 0 ? 0 : at % message.length;
      const borders = new Set([0]);
      let offset = 0;
      for (const { payload } of list) borders.add((offset += frameHeaderBytes + payload.length));
      expect(decodeOrRefuse(message.subarray(0, cut)) !== null).toBe(borders.has(cut));
    }),
  );
});

test('any change of any byte gives other frames or a protocol error, never another failure', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1 }), (list, changes) => {
      const { message } = encode(list);
      for (const [at, value] of changes) if (message.length > 0) message[at % message.length] = value;
      const decoded = decodeOrRefuse(message);
      const total = decoded?.list.reduce((sum, { payload }) => sum + frameHeaderBytes + payload.length, 0);
      if (decoded !== null) expect(total).toBe(message.length);
    }),
  );
});

test('any bytes at all give frames or a protocol error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (message) => void decodeOrRefuse(message)));
});

test('numbers of 4 and 8 bytes come back as they were, up to 2^32 − 1 and 2^53 − 1', () => {
  const target = new Uint8Array(8);
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.maxSafeNat(), (small, large) => {
      writeUint32(target, 0, small);
      expect(readUint32(target, 0)).toBe(small);
      writeUint53(target, 0, large);
      expect(readUint53(target, 0)).toBe(large);
    }),
  );
  expect(() => readUint53(bytes(0, 32, 0, 0, 0, 0, 0, 0), 0)).toThrow(ProtocolError);
});
