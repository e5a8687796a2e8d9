import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../audit/audit-record.ts';
import type { Outbox } from './outbox.ts';

/** What an administrator did, as it is recorded. */
export type AdministratorRecord = Extract<AuditRecord, { type: 'administrator' }>;

/** Records of acts in the database of what they change, so that both are committed together or not at all. */
export interface ActTable extends Outbox {
  /** Within the caller's transaction. */
  add(record: AdministratorRecord): void;
  isRecorded(id: string): boolean;
}

/** Acts that are in the audit are kept here for a while, so that a command that waits for its own sees it. */
const keepRecordedMs = 3_600_000;

/** The table, for the schema of a database that has one. */
export const actTable = `
  CREATE TABLE act (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_ms INTEGER NOT NULL, record TEXT NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0
  ) STRICT;`;

/** The acts of a database whose schema has {@link actTable}. */
export function openActTable(database: DatabaseSync): ActTable {
  const insert = database.prepare('INSERT INTO act (id, time_ms, record) VALUES (?, ?, ?)');
  const forget = database.prepare('DELETE FROM act WHERE recorded = 1 AND time_ms <= ?');
  const select = database.prepare('SELECT id, record FROM act WHERE recorded = 0 ORDER BY seq');
  const mark = database.prepare('UPDATE act SET recorded = 1 WHERE id = ?');
  const find = database.prepare('SELECT recorded FROM act WHERE id = ?');
  return {
    add(record) {
      forget.run(record.timeMs - keepRecordedMs);
      insert.run(record.id, record.timeMs, JSON.stringify(record));
    },
    waiting: () =>
      select.all().map((row) => ({
        id: String(row['id']),
        record: JSON.parse(String(row['record'])) as AdministratorRecord,
      })),
    didRecord(id) {
      if (database.isOpen) mark.run(id);
    },
    isRecorded: (id) => find.get(id)?.['recorded'] === 1,
  };
}
