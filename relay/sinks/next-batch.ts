import type { AuditReader } from './audit-reader.ts';
import type { SelectRecord } from './select-records.ts';
import type { ShippedRecord } from './sink-target.ts';

/** Records looked at in one go; a selection that leaves most out must not hold the thread. */
const rowsAtOnce = 2000;
const maxLookedAt = 20_000;

/** What comes after a cursor: records that go, and how far the log was looked at for them. */
export interface NextRecords {
  readonly records: readonly ShippedRecord[];
  /** How many go. */
  readonly count: number;
  /** Equal to the cursor when there is nothing new. */
  readonly endSeq: number;
  /** There was no room for more. */
  readonly isFull: boolean;
}

/** Gathers what follows `seq`: up to `maxRecords` and `maxBytes`, or exactly up to `plannedSeq` when that isn't 0. */
export function nextRecords(
  reader: AuditReader,
  select: SelectRecord,
  limits: { readonly seq: number; readonly plannedSeq: number; readonly maxRecords: number; readonly maxBytes: number },
): NextRecords {
  const { seq, plannedSeq, maxRecords, maxBytes } = limits;
  const upTo = plannedSeq === 0 ? Number.MAX_SAFE_INTEGER : plannedSeq;
  const records: ShippedRecord[] = [];
  let endSeq = seq;
  let bytes = 0;
  let lookedAt = 0;
  while (plannedSeq !== 0 || lookedAt < maxLookedAt) {
    const rows = reader.after(endSeq, upTo, Math.min(rowsAtOnce, Math.max(maxRecords, 100)));
    for (const row of rows) {
      const isSelected = select(row);
      const isOver = records.length >= maxRecords || bytes + row.payload.length > maxBytes;
      if (isSelected && plannedSeq === 0 && records.length > 0 && isOver)
        return { records, count: records.length, endSeq, isFull: true };
      if (isSelected) {
        records.push(row);
        bytes += row.payload.length;
      }
      endSeq = row.seq;
    }
    lookedAt += rows.length;
    if (rows.length === 0) break;
  }
  return { records, count: records.length, endSeq, isFull: lookedAt >= maxLookedAt };
}

/** The numbers of what follows `seq`, for a place that takes all records and reads them itself. */
export function nextNumbers(
  reader: Pick<AuditReader, 'range'>,
  { seq, plannedSeq, maxRecords }: Pick<Parameters<typeof nextRecords>[2], 'seq' | 'plannedSeq' | 'maxRecords'>,
): NextRecords {
  const { first, last } = reader.range();
  const before = Math.max(seq, first - 1);
  const endSeq = plannedSeq === 0 ? Math.min(last, before + maxRecords) : plannedSeq;
  if (endSeq <= seq) return { records: [], count: 0, endSeq: seq, isFull: false };
  return { records: [], count: endSeq - before, endSeq, isFull: endSeq < last };
}
