import { describe, expect, it } from 'vitest';
import { dayMs, recordsToCut, segmentDay } from '../../../../relay/audit/retention/day-segments.ts';

/** Segments of 10 records each. */
const segments = (...days: readonly number[]) => days.map((day, at) => ({ firstSeq: at * 10 + 1, day }));

describe('how many records may go', () => {
  it.each<[what: string, days: readonly number[], today: number, keepDays: number, cut: number]>([
    ['nothing of nothing', [], 100, 1, 0],
    ['nothing of the only day, however old', [1], 100, 1, 0],
    ['nothing that is kept', [98, 99, 100], 100, 3, 0],
    ['what is older by one day', [97, 98, 99, 100], 100, 3, 10],
    ['all but the newest day', [97, 98, 99, 100], 100, 1, 30],
    ['whole days only, over a gap between them', [10, 11, 98, 99, 100], 100, 3, 20],
    ['nothing, when the clock jumps years ahead at the newest day', [97, 98, 99, 4000], 4000, 3, 0],
    ['nothing, when it passes midnight there', [97, 98, 99, 4000, 4001], 4001, 3, 0],
    ['what is old, once the third day follows a gap', [10, 98, 99, 100], 100, 3, 10],
    ['nothing, when the clock jumps ahead on the second day of all', [97, 4000], 4000, 3, 0],
    ['nothing, when it passes midnight there and there was but one day before', [97, 4000, 4001], 4001, 3, 0],
    ['what is older than the last day before a day without records', [97, 98, 100], 100, 1, 10],
    ['what is older than the last day before several', [97, 98, 99, 110], 110, 1, 20],
    ['what is old by the clock that is right again, on the first day behind a jump', [97, 98, 4000, 99], 99, 1, 20],
    ['nothing yet on the first day behind a gap', [97, 98, 99, 110], 110, 3, 0],
    ['days of weeks ago, when records come once a week', [70, 77, 84, 91], 91, 7, 10],
    ['nothing, when it jumps ahead and nothing is written', [98, 99, 100], 4000, 3, 0],
    ['what is old, once the clock is right again behind a jump', [97, 98, 4000, 99, 100], 100, 3, 10],
    ['a day that the clock dated ahead, once it is old itself', [97, 4000, 98, 99, 100, 101], 101, 3, 30],
    ['what is old by the clock that was put right, from the first day on', [4000, 97, 98, 99, 100], 100, 3, 20],
    ['nothing, when the clock is put back', [98, 99, 100], 3, 3, 0],
    ['nothing, when it is put back and goes on there', [98, 99, 100, 3, 4], 4, 3, 0],
  ])('%s', (_what, days, today, keepDays, cut) => {
    expect(recordsToCut(segments(...days), today * dayMs + 5, keepDays)).toBe(cut);
  });
});

describe('the day of a record', () => {
  it.each<[what: string, newest: number | undefined, nowMs: number, day: number]>([
    ['is today for the first', undefined, 7 * dayMs, 7],
    ['is today after days without any', 3, 7.5 * dayMs, 7],
    ['is that of the clock when it jumps back', 7, 3 * dayMs, 3],
    ['stays when the clock is put back a little over midnight', 7, 7 * dayMs - 1, 7],
    ['stays when it is put back by almost an hour', 7, 7 * dayMs - 3_600_000 + 1, 7],
    ['doesn’t stay when it is put back by an hour', 7, 7 * dayMs - 3_600_000, 6],
    ['doesn’t stay when it is put back by days', 7, 5 * dayMs, 5],
    ['doesn’t stay when it is put back by hours', 7, 7 * dayMs - 2 * 3_600_000, 6],
  ])('%s', (_what, newest, nowMs, day) => {
    expect(segmentDay(newest === undefined ? undefined : { firstSeq: 1, day: newest }, nowMs)).toBe(day);
  });
});
