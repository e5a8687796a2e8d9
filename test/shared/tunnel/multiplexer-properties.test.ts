import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patternBytes, type RecordedStream, TunnelPair } from './support/tunnel-pair.ts';

type Step =
  | { readonly type: 'open'; readonly reading: boolean }
  | { readonly type: 'write'; readonly side: 'client' | 'relay'; readonly stream: number; readonly bytes: number }
  | { readonly type: 'end'; readonly side: 'client' | 'relay'; readonly stream: number }
  | { readonly type: 'reset'; readonly side: 'client' | 'relay'; readonly stream: number }
  | { readonly type: 'read'; readonly side: 'client' | 'relay'; readonly stream: number }
  | { readonly type: 'turn'; readonly side: 'client' | 'relay' }
  | { readonly type: 'deliver'; readonly side: 'client' | 'relay'; readonly count: number }
  | { readonly type: 'acknowledge'; readonly side: 'client' | 'relay' }
  | { readonly type: 'cut' };

const side = fc.constantFrom('client', 'relay');
const stream = fc.nat(5);
const sizes = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 70_000 }));
const stepOf = (resets: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ type: fc.constant('open'), reading: fc.boolean() }) },
    { weight: 8, arbitrary: fc.record({ type: fc.constant('write'), side, stream, bytes: sizes }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('end'), side, stream }) },
    ...(resets ? [{ weight: 1, arbitrary: fc.record({ type: fc.constant('reset'), side, stream }) }] : []),
    { weight: 2, arbitrary: fc.record({ type: fc.constant('read'), side, stream }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('turn'), side }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('deliver'), side, count: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('acknowledge'), side }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('cut') }) },
  );

/** One stream with what each side has written to it so far. */
interface Both {
  readonly id: number;
  readonly client: RecordedStream;
  readonly written: { client: number; relay: number };
  readonly ended: { client: boolean; relay: boolean };
  reset: boolean;
}

class Run {
  readonly pair: TunnelPair;
  readonly streams: Both[] = [];

  constructor(pair: TunnelPair) {
    this.pair = pair;
  }

  end(both: Both, at: 'client' | 'relay'): RecordedStream | undefined {
    return at === 'client' ? both.client : this.pair.relayStreams.get(both.id);
  }

  take(step: Step): void {
    const { pair } = this;
    switch (step.type) {
      case 'open': {
        if (this.streams.length > 5) return;
        const client = pair.open(step.reading);
        const none = { client: false, relay: false };
        this.streams.push({
          id: client.stream.id,
          client,
          written: { client: 0, relay: 0 },
          ended: none,
          reset: false,
        });
        return;
      }
      case 'turn':
        pair.endTurn(step.side);
        return;
      case 'deliver':
        pair.deliver(step.side, step.count);
        return;
      case 'acknowledge':
        pair[step.side].acknowledge();
        return;
      case 'cut':
        pair.cut();
        pair.attach();
        return;
      case 'write':
      case 'end':
      case 'reset':
      case 'read': {
        const both = this.streams[step.stream];
        const end = both === undefined ? undefined : this.end(both, step.side);
        if (both !== undefined && end !== undefined && !end.stream.closed) this.#onStream(step, both, end);
      }
    }
  }

  #onStream(step: Extract<Step, { stream: number }>, both: Both, end: RecordedStream): void {
    if (step.type === 'read') {
      end.read();
    } else if (step.type === 'reset') {
      both.reset = true;
      end.stream.reset(1, 'test');
    } else if (!both.ended[step.side]) {
      if (step.type === 'end') {
        both.ended[step.side] = true;
        end.stream.end();
      } else {
        end.stream.write(patternBytes(both.id, both.written[step.side], step.bytes));
        both.written[step.side] += step.bytes;
      }
    }
  }

  /** Every reader reads again, every side ends, everything arrives. */
  finish(): void {
    for (const both of this.streams) {
      for (const at of ['client', 'relay'] as const) {
        const end = this.end(both, at);
        if (end !== undefined) end.reading = true;
        end?.read();
      }
    }
    this.pair.settle();
    for (const both of this.streams) {
      this.end(both, 'relay')?.read();
      both.client.stream.end();
      this.end(both, 'relay')?.stream.end();
    }
    this.pair.settle();
  }
}

function check(both: Both, run: Run): void {
  for (const [from, to] of [
    ['client', 'relay'],
    ['relay', 'client'],
  ] as const) {
    const end = run.end(both, to);
    const received = end?.received ?? Buffer.alloc(0);
    const expected = patternBytes(both.id, 0, both.reset ? received.length : both.written[from]);
    expect(received.length).toBeLessThanOrEqual(both.written[from]);
    expect(Buffer.compare(received, expected)).toBe(0);
    if (!both.reset) expect(end?.ended).toBe(true);
  }
}

test('for any interleaving of two sides and any cuts of the link, all bytes arrive, in order, once', () => {
  fc.assert(
    fc.property(fc.array(stepOf(false), { minLength: 10, maxLength: 120, size: 'max' }), (steps) => {
      const run = new Run(new TunnelPair());
      for (const step of steps) run.take(step);
      run.finish();
      for (const both of run.streams) check(both, run);
      expect(run.pair.client.openStreams + run.pair.relay.openStreams).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('with resets anywhere, what arrived is a beginning of what was sent, and no stream is left', () => {
  fc.assert(
    fc.property(fc.array(stepOf(true), { minLength: 10, maxLength: 120, size: 'max' }), (steps) => {
      const run = new Run(new TunnelPair());
      for (const step of steps) run.take(step);
      run.finish();
      for (const both of run.streams) check(both, run);
      expect(run.pair.client.openStreams + run.pair.relay.openStreams).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('control messages arrive in order and once, whatever is cut', () => {
  const steps = fc.array(fc.oneof(stepOf(false), fc.constant({ type: 'control' as const })), {
    minLength: 10,
    maxLength: 80,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, (list) => {
      const run = new Run(new TunnelPair());
      let sent = 0;
      for (const step of list) {
        if (step.type === 'control') run.pair.relay.sendControl({ number: sent++ });
        else run.take(step);
      }
      run.finish();
      expect(run.pair.control.client).toEqual(Array.from({ length: sent }, (_none, number) => ({ number })));
    }),
    { numRuns: 60 },
  );
});
