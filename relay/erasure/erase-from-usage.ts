import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { namesIn } from '../audit/personal-fields.ts';
import { personKey } from '../identity/person-key.ts';
import { hourOf } from '../reports/count-records.ts';
import { openUsage, usageFile } from '../reports/open-usage.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { overwriteDeleted } from '../storage/overwrite-deleted.ts';
import type { PersonToErase } from './erased-person.ts';

/**
 * Calls a person by the alias in the counts, which stay as they are; paths that name the person, what is remembered of
 * their habits, and findings about them go. Answers how many rows were about the person, and whether all is overwritten.
 * @param beforeMs leaves alone what is newer, habits by their begin, but for counts of the same hour
 */
export function eraseFromUsage(
  dataDir: string,
  person: PersonToErase,
  beforeMs = Number.MAX_SAFE_INTEGER,
): { readonly rows: number; readonly isOverwritten: boolean } {
  if (!existsSync(join(dataDir, usageFile))) return { rows: 0, isOverwritten: true };
  const database = openUsage(dataDir);
  try {
    database.exec('PRAGMA secure_delete = ON');
    const rows = inTransaction(database, () => renameAndForget(database, person, beforeMs));
    return { rows, isOverwritten: overwriteDeleted(database) };
  } finally {
    database.close();
  }
}

function renameAndForget(database: DatabaseSync, person: PersonToErase, beforeMs: number): number {
  const lastHour = hourOf(beforeMs);
  const { issuer, subject, names, ownNames, alias } = person;
  const found = database.prepare('SELECT id FROM person WHERE issuer = ? AND subject = ?').get(issuer, subject);
  let rows = 0;
  if (found !== undefined) {
    const from = Number(found['id']);
    const to = idOf(database, alias);
    const isNamedIn = namesIn(names);
    for (const denial of database.prepare('SELECT * FROM denial WHERE person = ? AND hour <= ?').all(from, lastHour))
      moveDenial(database, denial, to, (text) => (isNamedIn(text) ? '' : text));
    rows += Number(
      database
        .prepare(
          `INSERT INTO usage SELECT hour, ?, groups, api, rule, allowed, requests FROM usage WHERE person = ? AND hour <= ?
           ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
        )
        .run(to, from, lastHour).changes,
    );
    for (const table of ['usage', 'denial'])
      database.prepare(`DELETE FROM ${table} WHERE person = ? AND hour <= ?`).run(from, lastHour);
    database
      .prepare(
        `DELETE FROM person WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM usage WHERE person = ?1)
           AND NOT EXISTS (SELECT 1 FROM denial WHERE person = ?1)`,
      )
      .run(from);
  }
  const key = personKey(person);
  rows += Number(database.prepare('DELETE FROM seen WHERE person = ? AND first_ms <= ?').run(key, beforeMs).changes);
  rows += Number(
    database
      .prepare(
        `DELETE FROM finding WHERE time_ms <= ? AND record ->> '$.person.issuer' = ? AND record ->> '$.person.subject' = ?`,
      )
      .run(beforeMs, issuer, subject).changes,
  );
  const rename = database.prepare('UPDATE approved SET username = ? WHERE username = ? AND hour <= ?');
  for (const name of ownNames) rows += Number(rename.run(alias, name, lastHour).changes);
  return rows;
}

function idOf(database: DatabaseSync, alias: string): number {
  const found = database.prepare(`SELECT id FROM person WHERE issuer = '' AND subject = ?`).get(alias);
  if (found !== undefined) return Number(found['id']);
  const add = database.prepare(`INSERT INTO person (issuer, subject, username) VALUES ('', ?, ?)`);
  return Number(add.run(alias, alias).lastInsertRowid);
}

function moveDenial(
  database: DatabaseSync,
  row: Readonly<Record<string, unknown>>,
  to: number,
  withoutName: (text: string) => string,
): void {
  const { hour, groups, api, rule, method, shape, path, requests } = row;
  database
    .prepare(
      `INSERT INTO denial (hour, person, groups, api, rule, method, shape, path, requests) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
    )
    .run(
      Number(hour),
      to,
      Number(groups),
      Number(api),
      Number(rule),
      Number(method),
      withoutName(String(shape)),
      withoutName(String(path)),
      Number(requests),
    );
}
