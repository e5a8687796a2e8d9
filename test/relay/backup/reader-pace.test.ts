import { expect, it } from 'vitest';
import { readerPace } from '../../../relay/backup/reader-pace.ts';

it.each([
  ['takes all at once', 100, 0, false, false],
  ['is slow at first', 1, 59, false, false],
  ['takes 3 MB/s', 300, 100, false, false],
  ['takes 1 MB/s', 100, 100, false, true],
  ['takes 50 kB/s', 5, 100, true, true],
])('who %s', (_who, megabytes, seconds, isTooSlow, givesWay) => {
  let nowMs = 0;
  const pace = readerPace(() => nowMs);
  for (let each = 0; each < megabytes; each += 1) {
    const took = pace.wait();
    nowMs += (seconds * 1000) / megabytes;
    took(1_000_000);
    // What the relay itself takes for a copy isn’t the reader’s.
    nowMs += 600_000;
  }
  expect([pace.isTooSlow(), pace.givesWay()]).toEqual([isTooSlow, givesWay]);
});

it('who takes nothing any more gives way, also in the middle of it', () => {
  let nowMs = 0;
  const pace = readerPace(() => nowMs);
  pace.wait()(50_000_000);
  pace.wait();
  nowMs = 20_000;
  expect(pace.givesWay()).toBe(false);
  nowMs = 61_000;
  expect(pace.givesWay()).toBe(true);
});
