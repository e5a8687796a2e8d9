import type { DatabaseSync } from 'node:sqlite';
import { type ActTable, type AdministratorRecord, openActTable } from '../acts/act-table.ts';
import { openKeyDatabase } from '../audit/keys/key-database.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { Person } from '../identity/person-key.ts';
import { overwriteDeleted } from '../storage/overwrite-deleted.ts';
import type { PersonToErase } from './erased-person.ts';

/** Somebody who has a key. */
export interface KeyHolder {
  /** Names of the person’s keys; by the first one the person is called from then on. */
  readonly ids: readonly string[];
  readonly issuer: string;
  readonly subject: string;
  readonly names: readonly string[];
}

/** An erasure whose keys are thrown away, and whose person may be left elsewhere. */
export interface ErasureUnderWay {
  readonly person: PersonToErase;
  readonly begunMs: number;
}

/** Throws keys away. The relay and its command line may have the keys open at once. */
export interface KeyEraser {
  /** Everybody who is called so, by subject or user name. */
  holders(who: string, issuer?: string): readonly KeyHolder[];
  /** Whether somebody else is called so, too. */
  isOfOthers(name: string, person: Person): boolean;
  /**
   * Throws a person's keys away, if there are any, in one transaction with the record of the act; from then on the erasure is
   * under way until {@link didTakeOut}.
   */
  erase(ids: readonly string[], person: PersonToErase, act: AdministratorRecord): void;
  /** Erasures that haven’t come to their end: under way elsewhere, or broken off. The oldest first. */
  underWay(): readonly ErasureUnderWay[];
  /** The person is out of all that is kept: the name goes from here, too. */
  didTakeOut(person: PersonToErase): void;
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
          `SELECT DISTINCT person.issuer, person.subject FROM name JOIN person ON person.id = name.person
           WHERE name.name = ?1 AND (?2 IS NULL OR (person.issuer = ?2 AND person.subject = ?1))`,
        )
        .all(who, issuer ?? null);
      return rows.map((row) => holderOf(database, String(row['issuer']), String(row['subject'])));
    },
    isOfOthers: (name, { issuer, subject }) =>
      database
        .prepare(
          `SELECT 1 FROM name JOIN person ON person.id = name.person
           WHERE name.name = ? AND (issuer <> ? OR subject <> ?) LIMIT 1`,
        )
        .get(name, issuer, subject) !== undefined,
    erase: (ids, person, act) =>
      inTransaction(database, () => {
        for (const id of ids) {
          const { changes } = database.prepare('DELETE FROM person WHERE id = ?').run(id);
          database.prepare('DELETE FROM name WHERE person = ?').run(id);
          if (changes > 0)
            database
              .prepare('INSERT INTO erased (id, time_ms, alias) VALUES (?, ?, ?)')
              .run(id, act.timeMs, ids[0] ?? id);
        }
        acts.add(act);
        database
          .prepare('INSERT INTO erasure_under_way VALUES (?, ?, ?)')
          .run(person.alias, JSON.stringify(person), act.timeMs);
      }),
    underWay: () =>
      database
        .prepare('SELECT content, begun_ms FROM erasure_under_way ORDER BY begun_ms')
        .all()
        .map((row) => ({
          person: JSON.parse(String(row['content'])) as PersonToErase,
          begunMs: Number(row['begun_ms']),
        })),
    didTakeOut({ alias }) {
      // With secure_delete its bytes are gone by this alone; what follows is for copies of them within the file.
      database.prepare('DELETE FROM erasure_under_way WHERE alias = ?').run(alias);
      overwriteDeleted(database);
    },
    overwrite: () => overwriteDeleted(database),
    acts,
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}

function holderOf(database: DatabaseSync, issuer: string, subject: string): KeyHolder {
  const rows = (statement: string): readonly string[] =>
    database
      .prepare(statement)
      .all(issuer, subject)
      .map((row) => String(row['value']));
  return {
    ids: rows('SELECT id AS value FROM person WHERE issuer = ? AND subject = ? ORDER BY id'),
    issuer,
    subject,
    names: rows(
      `SELECT DISTINCT name AS value FROM person JOIN name ON name.person = person.id WHERE issuer = ? AND subject = ?`,
    ),
  };
}
