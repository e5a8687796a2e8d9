import type { AuditReader } from './audit-reader.ts';
import type { SinkCursor, SinkCursors } from './sink-cursors.ts';
import type { SinkSettings } from './sink-settings.ts';

const fresh: Omit<SinkCursor, 'seq' | 'hash' | 'settings'> = {
  plannedSeq: 0,
  sent: 0,
  deliveredMs: null,
  error: null,
  errorMs: null,
  attempts: 0,
  ended: false,
};

/** Where a sink goes on: at its cursor, if the log is still the one that it belongs to. Keeps it. */
export function beginCursor(
  { name, startAt, selection, place }: SinkSettings,
  {
    reader,
    cursors,
    say,
  }: {
    readonly reader: Pick<AuditReader, 'range' | 'hashOf'>;
    readonly cursors: SinkCursors;
    readonly say: (level: 'warn', message: string, details: Readonly<Record<string, unknown>>) => void;
  },
): SinkCursor {
  const { first, last } = reader.range();
  const found = cursors.get(name);
  // Of the place nothing is kept that may hold a secret.
  const settings = JSON.stringify([selection, place.kind]);
  const from = (seq: number): SinkCursor => ({ ...fresh, seq, hash: reader.hashOf(seq) ?? null, settings });
  // What was cut before the sink was there is no gap.
  const beginning = Math.max(0, first - 1);
  let cursor = found ?? from(startAt === 'now' ? last : beginning);
  if (cursor.seq >= first && cursor.hash !== null && !isSame(cursor.hash, reader.hashOf(cursor.seq))) {
    say('warn', 'the audit isn’t the one that this sink followed; it gets this one from its beginning', {
      sentUpTo: cursor.seq,
    });
    cursor = { ...from(beginning), sent: cursor.sent };
  }
  if (cursor.settings !== settings) cursor = { ...cursor, settings, plannedSeq: 0 };
  cursor = { ...cursor, ended: false, attempts: 0 };
  cursors.put(name, cursor);
  return cursor;
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.from(one).equals(other);
}
