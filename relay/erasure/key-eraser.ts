import type { DatabaseSync } from 'node:sqlite';
import { type ActTable, type AdministratorRecord, openActTable } from '../acts/act-table.ts';
import { openKeyDatabase } from '../audit/keys/key-database.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { overwriteDeleted } from '../storage/overwrite-deleted.ts';

/** Somebody who has a key. */
export interface KeyHolder {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly names: readonly string[];
}

/** Throws keys away. The relay and its command line may have the keys open at once. */
export interface KeyEraser {
  /** Everybody who is called so, by subject or user name. */
  holders(who: string, issuer?: string): readonly KeyHolder[];
  /** Throws a person's key away, if there is one, in one transaction with the record of the act. */
  erase(id: string, act: AdministratorRecord): void;
  /** Leaves nothing of deleted keys and names in the file; false when somebody read it for too long. */
  overwrite(): boolean;
  /** Records that wait for the audit. */
  readonly acts: ActTable;
  /** Changes whenever another process has changed something. */
  version(): number;
  close(): void;
}

/** Opens or makes the keys of a data folder. @throws AccessError `bad-config` when a newer relay has made them */
export function openKeyEraser(path: string): KeyEraser {
  const database = openKeyDatabase(path);
  const acts = openActTable(database);
  const dataVersion = database.prepare('PRAGMA data_version');
  return {
    holders(who, issuer) {
      const rows = database
        .prepare(
          `SELECT DISTINCT person.id, person.issuer, person.subject FROM name JOIN person ON person.id = name.person
           WHERE name.name = ?1 AND (?2 IS NULL OR (person.issuer = ?2 AND person.subject = ?1))`,
        )
        .all(who, issuer ?? null);
      return rows.map((row) => holderOf(database, row));
    },
    erase: (id, act) =>
      inTransaction(database, () => {
        const { changes } = database.prepare('DELETE FROM person WHERE id = ?').run(id);
        database.prepare('DELETE FROM name WHERE person = ?').run(id);
        if (changes > 0) database.prepare('INSERT INTO erased (id, time_ms) VALUES (?, ?)').run(id, act.timeMs);
        acts.add(act);
      }),
    overwrite: () => overwriteDeleted(database),
    acts,
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}

function holderOf(database: DatabaseSync, row: Readonly<Record<string, unknown>>): KeyHolder {
  const id = String(row['id']);
  const names = database.prepare('SELECT name FROM name WHERE person = ?').all(id);
  return {
    id,
    issuer: String(row['issuer']),
    subject: String(row['subject']),
    names: names.map((found) => String(found['name'])),
  };
}
