import { expect, test } from 'vitest';
import { ackAlongBytes, initialWindowBytes } from '../../../shared/tunnel/protocol.ts';
import { patternBytes, type RecordedStream, TunnelPair } from './support/tunnel-pair.ts';

test('a reader that stalls gets its first window and not a byte more', () => {
  const pair = new TunnelPair({ relayReads: false });
  const { stream } = pair.open();
  for (let index = 0; index < 100; index += 1) stream.write(patternBytes(1, index * 10_000, 10_000));
  pair.settle();
  expect(pair.relayStreams.get(stream.id)?.received.length).toBe(initialWindowBytes);
  expect(stream.sendCredit).toBe(0);
});

test('a reader that stalls after each window gets exactly the credit that it gave', () => {
  const pair = new TunnelPair({ relayReads: false });
  const { stream } = pair.open();
  for (let index = 0; index < 100; index += 1) stream.write(patternBytes(1, index * 30_000, 30_000));
  pair.settle();
  const reader = pair.relayStreams.get(stream.id);
  if (reader === undefined) throw new Error('The stream did not open.');
  let credited = initialWindowBytes;
  for (let round = 0; round < 4; round += 1) {
    expect(reader.received.length).toBe(credited);
    reader.read();
    credited += reader.stream.receiveWindow;
    pair.settle();
    expect(reader.stream.receiveCredit).toBe(Math.max(0, credited - 3_000_000));
    credited = Math.min(credited, 3_000_000);
  }
});

test('a reader that stalls slows only itself', () => {
  const pair = new TunnelPair({ relayReads: false });
  const stalled = pair.open();
  const other = pair.open();
  stalled.stream.write(new Uint8Array(1_000_000));
  pair.settle();
  const reader = pair.relayStreams.get(other.stream.id);
  if (reader === undefined) throw new Error('The stream did not open.');
  reader.reading = true;
  other.stream.write(patternBytes(2, 0, 1_000_000));
  pair.settle();
  expect(reader.received.length).toBe(1_000_000);
});

test('write asks its owner to wait while the link is away, and says when to go on', () => {
  const pair = new TunnelPair();
  const recorded = pair.open();
  let drained = 0;
  recorded.onDrain = () => (drained += 1);
  pair.settle();
  pair.cut();
  expect(recorded.stream.write(new Uint8Array(10))).toBe(false);
  expect(drained).toBe(0);
  pair.attach();
  pair.settle();
  expect(drained).toBe(1);
  expect(pair.relayStreams.get(1)?.received.length).toBe(10);
});

test('a peer that never acknowledges stops the sender at the bound of what is kept', () => {
  const pair = new TunnelPair({ maxWindowBytes: 67_108_864, maxGrowthBytes: 67_108_864 });
  const recorded = pair.open();
  pair.settle();
  pair.relay.acknowledge = () => undefined;
  let writable = true;
  let written = 0;
  recorded.onDrain = () => (writable = true);
  for (let index = 0; index < 1000 && writable; index += 1) {
    writable = recorded.stream.write(new Uint8Array(10_000));
    written += 10_000;
    pair.settle();
  }
  expect(writable).toBe(false);
  // The bound is 524,288 bytes; one batch may pass it.
  expect(written).toBeLessThan(1_100_000);
});

test('windows grow while a reader keeps up, at most to their maximum, and growth is given back', () => {
  const pair = new TunnelPair({ maxGrowthBytes: 1_500_000 });
  const streams = [pair.open(), pair.open(), pair.open()];
  for (const { stream } of streams) for (let index = 0; index < 60; index += 1) stream.write(new Uint8Array(65_536));
  pair.settle();
  const windows = [...pair.relayStreams.values()].map(({ stream }) => stream.receiveWindow);
  expect(Math.max(...windows)).toBeLessThanOrEqual(1_048_576);
  expect(windows.reduce((sum, window) => sum + window - initialWindowBytes, 0)).toBeLessThanOrEqual(1_500_000);
  for (const { stream } of streams) stream.reset(1, 'done');
  pair.settle();
  const next = pair.open();
  for (let index = 0; index < 60; index += 1) next.stream.write(new Uint8Array(65_536));
  pair.settle();
  expect(pair.relayStreams.get(next.stream.id)?.stream.receiveWindow).toBe(1_048_576);
});

test('end follows what is still pending', () => {
  const pair = new TunnelPair({ relayReads: false });
  const { stream } = pair.open();
  stream.write(patternBytes(1, 0, initialWindowBytes + 10));
  stream.end();
  pair.settle();
  const reader = pair.relayStreams.get(stream.id);
  expect(reader?.ended).toBe(false);
  reader?.read();
  pair.settle();
  expect(reader?.received.length).toBe(initialWindowBytes + 10);
  expect(reader?.ended).toBe(true);
});

test('a tunnel that is gone for good resets its streams and owes nobody anything', () => {
  const pair = new TunnelPair();
  const streams = [pair.open(), pair.open()];
  pair.settle();
  pair.client.abandon(6, 'gone');
  expect(streams.map(({ resetCode }) => resetCode)).toEqual([6, 6]);
  expect(pair.client.openStreams).toBe(0);
});

test('where the relay’s largest window is below the usual first one, streams begin with it in both directions', () => {
  const pair = new TunnelPair({ relayReads: false, maxWindowBytes: 16_384 });
  pair.client.limitWindows(16_384);
  const up = pair.open(false);
  up.stream.write(patternBytes(1, 0, 100_000));
  pair.settle();
  const reader = pair.relayStreams.get(up.stream.id);
  if (reader === undefined) throw new Error('The stream did not open.');
  expect(reader.received.length).toBe(16_384);
  reader.stream.write(patternBytes(2, 0, 100_000));
  pair.settle();
  expect(up.received.length).toBe(16_384);
  reader.reading = true;
  up.reading = true;
  reader.read();
  up.read();
  pair.settle();
  expect([reader.received.length, up.received.length]).toEqual([100_000, 100_000]);
  expect([reader.stream.receiveWindow, up.stream.receiveWindow]).toEqual([16_384, 16_384]);
});

test('while the process may keep no more, streams wait and windows stay; others go on when it may again', () => {
  const memory = {
    kept: 0,
    grown: 0,
    mayKeep: false,
    mayGrow: false,
    didKeep: (bytes: number) => void (memory.kept += bytes),
    didGrow: (bytes: number) => void (memory.grown += bytes),
  };
  const pair = new TunnelPair({ memory });
  const { stream } = pair.open();
  pair.settle();
  expect(stream.write(patternBytes(1, 0, 60_000))).toBe(false);
  pair.settle();
  expect(pair.relayStreams.get(stream.id)?.received.length).toBe(0);
  memory.mayKeep = true;
  pair.client.didDrain();
  pair.settle();
  expect(pair.relayStreams.get(stream.id)?.received.length).toBe(60_000);
  pair.client.acknowledge();
  pair.relay.acknowledge();
  pair.settle();
  expect([memory.kept, memory.grown]).toEqual([0, 0]);
  memory.mayGrow = true;
  stream.write(new Uint8Array(400_000));
  pair.settle();
  expect(memory.grown).toBeGreaterThan(0);
  stream.reset(1, 'done');
  pair.settle();
  expect(memory.grown).toBe(0);
});

/** Streams that have far more to send than the tunnel takes. */
function crowd(pair: TunnelPair, count: number): RecordedStream[] {
  const streams = Array.from({ length: count }, () => pair.open());
  pair.settle();
  for (const { stream } of streams) stream.write(new Uint8Array(120_000));
  return streams;
}

test('a short answer waits for none of the streams that wait with much', () => {
  const pair = new TunnelPair({ maxStreams: 1000, maxChannelBytes: 2_097_152, maxRetainedBytes: 8_388_608 });
  crowd(pair, 300);
  pair.endTurn('client');
  const short = pair.open();
  expect(short.stream.write(patternBytes(7, 0, 500))).toBe(true);
  pair.endTurn('client');
  pair.deliver('relay');
  expect(pair.relayStreams.get(short.stream.id)?.received.length).toBe(500);
});

test('many streams with much keep little under way between them, and all arrives', () => {
  const pair = new TunnelPair({ maxStreams: 1000, maxChannelBytes: 2_097_152, maxRetainedBytes: 16_777_216 });
  const turns = (): void => {
    for (let turn = 0; turn < 10; turn += 1) pair.endTurn('client');
  };
  crowd(pair, 15);
  turns();
  expect(pair.underWay('relay')).toBeGreaterThan(1_500_000);
  pair.settle();
  crowd(pair, 100);
  // What was written before so many waited, and one batch.
  turns();
  expect(pair.underWay('relay')).toBeLessThan(3_000_000);
  pair.deliver('relay');
  turns();
  expect(pair.underWay('relay')).toBeLessThan(1_000_000);
  pair.settle();
  for (const { received } of pair.relayStreams.values()) expect(received.length).toBe(120_000);
});

test('many small messages both ways are acknowledged on the way, so that little of them is kept', () => {
  let kept = 0;
  let most = 0;
  const didKeep = (bytes: number): void => void (most = Math.max(most, (kept += bytes)));
  const pair = new TunnelPair({ memory: { didKeep, mayKeep: true, didGrow: () => undefined, mayGrow: true } });
  const { stream } = pair.open();
  pair.settle();
  for (let index = 0; index < 500; index += 1) {
    stream.write(new Uint8Array(1000));
    pair.settle();
    pair.relayStreams.get(stream.id)?.stream.write(new Uint8Array(1000));
    pair.settle();
  }
  // What both ends keep together: as much as is acknowledged at once, and a message or two.
  expect(most).toBeLessThan(2 * (ackAlongBytes + 3000));
});
