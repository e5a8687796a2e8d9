import { type ActTable, actTable, type AdministratorRecord, openActTable } from '../acts/act-table.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import type { RevocationStore } from './revocation-store.ts';
import { readRevokedBy, type RevocationMark, revocationLifetimeMs } from './revocations.ts';

/** Revocations in the data folder. The relay and its command line may have them open at once. */
export interface RevocationFile extends RevocationStore {
  read(nowMs: number): readonly RevocationMark[];
  write(marks: readonly RevocationMark[], act?: AdministratorRecord): void;
  /** Records that wait for the audit. */
  readonly acts: ActTable;
  /** Changes whenever another process has changed something. */
  version(): number;
}

/** Name of the file in the data folder. */
export const revocationFile = 'revocations.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const revocationSteps: readonly string[] = [
  `CREATE TABLE mark (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT;${actTable}`,
];

/**
 * Opens or creates the database; readable by its owner only.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openRevocationFile(dataDir: string): RevocationFile {
  const database = openMigratedDatabase(dataDir, revocationFile, revocationSteps);
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
    write: (marks, act) =>
      inTransaction(database, () => {
        for (const { name, atMs, by } of marks) {
          insert.run(name, atMs, by);
          remove.run(atMs - revocationLifetimeMs);
        }
        if (act !== undefined) acts.add(act);
      }),
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}
