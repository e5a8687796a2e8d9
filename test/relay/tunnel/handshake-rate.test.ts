import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandshakeRate } from '../../../relay/tunnel/handshake-rate.ts';

/** When handshakes were let in, of those that came with these gaps between them. */
function letIn(rates: HandshakeRate, gapsMs: readonly number[], perSecond: number): number[] {
  const taken: number[] = [];
  let nowMs = 1_000_000;
  for (const gap of gapsMs) {
    nowMs += gap;
    if (rates.take(nowMs, perSecond)) taken.push(nowMs);
  }
  return taken;
}

/** The most within one second, wherever it begins. */
function mostInASecond(atMs: readonly number[], lengthMs = 1000): number {
  return Math.max(0, ...atMs.map((from) => atMs.filter((at) => at >= from && at < from + lengthMs).length));
}

// Crowds that come at once, trickles, and pauses in which a rate could be saved up.
const gaps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0, max: 5, noNaN: true }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 400 }) },
    { weight: 1, arbitrary: fc.integer({ min: 900, max: 5000 }) },
  ),
  { maxLength: 600 },
);

test('no second sees more than the rate, wherever it begins', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 60 }), (gapsMs, perSecond) => {
      expect(mostInASecond(letIn(new HandshakeRate(), gapsMs, perSecond))).toBeLessThanOrEqual(perSecond);
    }),
  );
});

test('a rate with a fraction is kept too, as the share of one worker may be', () => {
  fc.assert(
    fc.property(gaps, fc.double({ min: 0.1, max: 20, noNaN: true }), (gapsMs, perSecond) => {
      const taken = letIn(new HandshakeRate(), gapsMs, perSecond);
      expect(mostInASecond(taken)).toBeLessThanOrEqual(Math.max(1, perSecond));
      if (perSecond < 1) expect(mostInASecond(taken, 1000 / perSecond)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a second behind a pause sees no more than any other', () => {
  const rates = new HandshakeRate();
  const crowd = Array.from({ length: 5000 }, () => 0.4);
  expect(mostInASecond(letIn(rates, [60_000, ...crowd], 500))).toBe(500);
});

test('a crowd gets in at the whole rate', () => {
  const crowd = Array.from({ length: 100_000 }, () => 0.1);
  // Ten seconds at 500.
  expect(letIn(new HandshakeRate(), crowd, 500).length).toBe(5000);
});

test('at once, no more than a tenth of the rate begin', () => {
  const atOnce = Array.from({ length: 1000 }, () => 0);
  expect(letIn(new HandshakeRate(), atOnce, 500)).toHaveLength(50);
});

test('those that come to nothing take nobody’s place, and the others still keep the rate', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 60 }), (gapsMs, perSecond) => {
      const rates = new HandshakeRate();
      const wanted = letIn(new HandshakeRate(), gapsMs, perSecond);
      const taken: number[] = [];
      let nowMs = 1_000_000;
      for (const gap of gapsMs) {
        nowMs += gap;
        for (let stranger = 0; stranger < 3; stranger += 1) if (rates.take(nowMs, perSecond)) rates.giveBack(nowMs);
        if (rates.take(nowMs, perSecond)) taken.push(nowMs);
      }
      expect(taken.length).toBe(wanted.length);
      expect(mostInASecond(taken)).toBeLessThanOrEqual(perSecond);
    }),
  );
});
