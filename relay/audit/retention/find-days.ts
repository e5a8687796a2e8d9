import type { DatabaseSync } from 'node:sqlite';
import { dayMs, type DaySegment } from './day-segments.ts';

/** Segments of records that were written before there were any, by the records' own times: each day is searched for. */
export function findDays(database: DatabaseSync): DaySegment[] {
  const read = database.prepare('SELECT seq, payload FROM audit WHERE seq >= ? ORDER BY seq LIMIT 1');
  const dayAt = (seq: number): number | undefined => {
    const [, timeMs] = /"timeMs":(\d{1,15})/.exec(String(read.get(seq)?.['payload'] ?? '')) ?? [];
    return timeMs === undefined ? undefined : Math.floor(Number(timeMs) / dayMs);
  };
  const last = Number(database.prepare('SELECT max(seq) AS seq FROM audit').get()?.['seq'] ?? 0);
  const segments: DaySegment[] = [];
  let seq = Number(database.prepare('SELECT min(seq) AS seq FROM audit').get()?.['seq'] ?? 1);
  while (seq <= last) {
    const day = Math.max(dayAt(seq) ?? 0, segments.at(-1)?.day ?? 0);
    segments.push({ firstSeq: seq, day });
    let [low, high] = [seq + 1, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((dayAt(middle) ?? 0) > day) high = middle;
      else low = middle + 1;
    }
    seq = low;
  }
  return segments;
}
