import { auditLine } from '../../../relay/audit/audit-line.ts';
import { dayMs } from '../../../relay/audit/retention/day-segments.ts';
import { decision } from './audit-records.ts';
import type { ForgedLines } from './forge-audit.ts';

/** The audits that are tampered with: so many days, each with so many records and a checkpoint at every so many. */
export const days = 4;
export const recordsADay = 10;
export const recordsACheckpoint = 5;

const strange = auditLine(decision('strange', { timeMs: 20_000 * dayMs }));
const whole = (lines: readonly string[]): ForgedLines => ({ from: 1, lines });

/** What becomes of the records; and the record at which it shows while the key is the relay's. */
export type Change = readonly [what: string, change: (lines: readonly string[]) => ForgedLines, seq: number];

/** @param linesOfOther those of another relay */
export function changesOf(linesOfOther: () => readonly string[]): readonly Change[] {
  return [
    ['a record is edited', (lines) => whole(lines.with(6, (lines[6] ?? '').replace('"allow"', '"deny"'))), 10],
    ['a record is deleted', (lines) => whole(lines.toSpliced(7, 1)), 10],
    ['a record is put in', (lines) => whole(lines.toSpliced(12, 0, strange)), 15],
    ['a record is put in the place of another', (lines) => whole(lines.with(12, strange)), 15],
    ['records change places', (lines) => whole(lines.with(16, lines[17] ?? '').with(17, lines[16] ?? '')), 20],
    ['the end is cut off', (lines) => whole(lines.slice(0, 33)), 34],
    ['it is rolled back', (lines) => whole(lines.slice(0, 20)), 21],
    ['it is rolled back and written on', (lines) => whole([...lines.slice(0, 20), ...Array(20).fill(strange)]), 25],
    ['days are gone without a cut', (lines) => ({ from: 11, lines: lines.slice(10) }), 1],
    ['a day is cut out of the middle', (lines) => whole(lines.toSpliced(10, 10)), 15],
    ['days change places', (lines) => whole([...lines.slice(10, 20), ...lines.slice(0, 10), ...lines.slice(20)]), 5],
    ['a day is another relay’s', (lines) => whole(lines.toSpliced(10, 10, ...linesOfOther().slice(10, 20))), 15],
    ['all days are another relay’s', () => whole(linesOfOther()), 5],
  ];
}
