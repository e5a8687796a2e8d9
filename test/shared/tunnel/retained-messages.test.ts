import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../../../shared/tunnel/frame-codec.ts';
import { RetainedMessages } from '../../../shared/tunnel/retained-messages.ts';

const message = (bytes: number, mark: number): Uint8Array => new Uint8Array(bytes).fill(mark);

test('acknowledging what was never sent is a protocol error', () => {
  const retained = new RetainedMessages();
  retained.add(message(20, 1), 20);
  expect(() => retained.acknowledge(21)).toThrow(ProtocolError);
});

test('acknowledging the middle of a message is a protocol error: positions are counted at message ends', () => {
  const retained = new RetainedMessages();
  retained.add(message(20, 1), 20);
  expect(() => retained.acknowledge(7)).toThrow(ProtocolError);
});

test('a position inside a message, before the acknowledged one or beyond what was sent can’t be resumed from', () => {
  const retained = new RetainedMessages();
  for (const mark of [1, 2, 3]) retained.add(message(20, mark), 20);
  retained.acknowledge(20);
  expect(retained.from(0)).toBeNull();
  expect(retained.from(33)).toBeNull();
  expect(retained.from(61)).toBeNull();
});

test('from a boundary on, exactly the later messages are sent again', () => {
  const retained = new RetainedMessages();
  for (const mark of [1, 2, 3]) retained.add(message(20, mark), 20);
  expect(retained.from(0)?.map(([mark]) => mark)).toEqual([1, 2, 3]);
  expect(retained.from(40)?.map(([mark]) => mark)).toEqual([3]);
  expect(retained.from(60)).toEqual([]);
});

test('messages without numbered frames are not kept', () => {
  const retained = new RetainedMessages();
  retained.add(message(20, 1), 0);
  expect(retained.bytes).toBe(0);
  expect(retained.from(0)).toEqual([]);
});

test('after any sends and acknowledgements, what is held is exactly what is unacknowledged', () => {
  const steps = fc.array(fc.record({ send: fc.integer({ min: 1, max: 50 }), acknowledge: fc.nat(20) }), {
    maxLength: 600,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const retained = new RetainedMessages();
      let open: { bytes: number; end: number }[] = [];
      let sent = 0;
      for (const { send, acknowledge } of list) {
        sent += send;
        open.push({ bytes: send + 5, end: sent });
        retained.add(message(send + 5, 0), send);
        const position = open[acknowledge]?.end;
        if (position === undefined) continue;
        retained.acknowledge(position);
        open = open.filter(({ end }) => end > position);
      }
      expect(retained.sent).toBe(sent);
      expect(retained.bytes).toBe(open.reduce((sum, { bytes }) => sum + bytes, 0));
      const first = open[0];
      const acknowledged = first === undefined ? sent : first.end - first.bytes + 5;
      expect(retained.from(acknowledged)?.length).toBe(open.length);
    }),
    { numRuns: 50 },
  );
});

test('messages that wait for long keep nothing alive but themselves, and are sent again as they were', () => {
  const retained = new RetainedMessages();
  const slab = new Uint8Array(65_536);
  retained.add(slab.subarray(100, 120).fill(7), 20);
  retained.add(slab.subarray(120, 60_120).fill(8), 60_000);
  retained.compact();
  const [small, large] = retained.from(0) ?? [];
  expect(small).toEqual(message(20, 7));
  expect(small?.buffer.byteLength).toBe(20);
  expect(large?.buffer).toBe(slab.buffer);
  retained.add(slab.subarray(0, 10).fill(9), 10);
  retained.acknowledge(20);
  retained.compact();
  expect(retained.from(60_020)?.[0]?.buffer.byteLength).toBe(10);
});

test('what is held is told with every change, and comes to nothing in the end', () => {
  let held = 0;
  const retained = new RetainedMessages(undefined, (bytes) => (held += bytes));
  for (let index = 0; index < 300; index += 1) retained.add(message(20, 1), 20);
  expect(held).toBe(6000);
  retained.acknowledge(5960);
  expect(held).toBe(retained.bytes);
  retained.acknowledge(6000);
  expect(held).toBe(0);
});
