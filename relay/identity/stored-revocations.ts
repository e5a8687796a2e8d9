import { type ActTable, type AdministratorRecord, openActTable } from '../acts/act-table.ts';
import { openPrivateDatabase } from '../storage/open-private-database.ts';
import { readRevokedBy, type RevocationMark, revocationLifetimeMs } from './revocations.ts';

/** Revocations in the data folder. The relay and its command line may have them open at once. */
export interface RevocationFile {
  /** Those that still count. */
  read(nowMs: number): readonly RevocationMark[];
  /** Durable together with the record of the act that they are of, if somebody who runs the relay did it. */
  write(marks: readonly RevocationMark[], act?: AdministratorRecord): void;
  /** Records that wait for the audit. */
  readonly acts: ActTable;
  /** Changes whenever another process has changed something. */
  version(): number;
  close(): void;
}

/** Opens or creates `revocations.sqlite`; readable by its owner only. */
export function openRevocationFile(dataDir: string): RevocationFile {
  const database = openPrivateDatabase(dataDir, 'revocations.sqlite');
  database.exec(
    'CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT',
  );
  const acts = openActTable(database);
  const dataVersion = database.prepare('PRAGMA data_version');
  const insert = database.prepare(
    `INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms, by = excluded.by
     WHERE excluded.at_ms > mark.at_ms`,
  );
  const select = database.prepare('SELECT name, at_ms, by FROM mark WHERE at_ms > ? ORDER BY at_ms');
  const remove = database.prepare('DELETE FROM mark WHERE at_ms <= ?');
  return {
    read: (nowMs) =>
      select.all(nowMs - revocationLifetimeMs).map((row) => ({
        name: String(row['name']),
        atMs: Number(row['at_ms']),
        by: readRevokedBy(row['by']),
      })),
    acts,
    write(marks, act) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { name, atMs, by } of marks) {
          insert.run(name, atMs, by);
          remove.run(atMs - revocationLifetimeMs);
        }
        if (act !== undefined) acts.add(act);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}
