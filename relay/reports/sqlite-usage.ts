import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../storage/in-transaction.ts';
import { openUsage } from './open-usage.ts';
import type { Period } from './report.ts';
import {
  type Counted,
  isSamePlace,
  nobody,
  type Person,
  type UsageColumn,
  type UsageFilter,
  type UsageStore,
} from './usage-store.ts';
import { countWriter } from './write-counts.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The counts of a data folder's audit, in its `usage.db`.
 * @throws AccessError `bad-config` when a newer relay has written them
 */
export function openUsageStore(dataDir: string): UsageStore {
  const database = openUsage(dataDir);
  const write = countWriter(database);
  const moveTo = database.prepare('UPDATE counted SET seq = ?, digest = ?, outlived = ?, missed = ?');

  return {
    counted: () => countedIn(database),
    allCounted: () => new Map([['', countedIn(database)]]),
    add: (from, counts, to) =>
      inTransaction(database, () => {
        if (!isSamePlace(countedIn(database), from)) return false;
        for (const some of counts) write(some);
        moveTo.run(to.seq, to.digest, Number(to.outlived), to.missed);
        return true;
      }),
    replace: (at, afterHour, counts) =>
      inTransaction(database, () => {
        if (!isSamePlace(countedIn(database), at)) return false;
        for (const table of ['usage', 'denial']) database.prepare(`DELETE FROM ${table} WHERE hour > ?`).run(afterHour);
        for (const some of counts) write(some);
        return true;
      }),
    usage(period, by, filter) {
      const read = reader(database, by);
      const columns = by.map((column) => `${column}, `).join('');
      const rows = grouped(database, 'usage', `${columns}sum(requests) AS requests, max(hour) AS last`, by, [
        period,
        filter,
      ]);
      return rows.map((row) => ({ ...read(row), hour: by.includes('hour') ? Number(row['hour']) : 0 }));
    },
    denials(period, filter) {
      const read = reader(database, ['person', 'groups', 'api', 'rule']);
      const words = wordsOf(database);
      const by = ['api', 'method', 'shape', 'rule', 'groups', 'person'];
      // With max(), SQLite takes the other columns from the row of the maximum: the last path.
      const select = `${by.join(', ')}, path, sum(requests) AS requests, max(hour) AS last`;
      return grouped(database, 'denial', select, by, [period, filter]).map((row) => ({
        ...read(row),
        method: words.get(Number(row['method'])) ?? '',
        shape: String(row['shape']),
        path: String(row['path']),
      }));
    },
    approved: (toHour) =>
      database
        .prepare('SELECT id, api, role, hour FROM approved WHERE hour < ?')
        .all(toHour)
        .map((row) => ({
          id: String(row['id']),
          api: row['api'] === null ? null : String(row['api']),
          role: String(row['role']),
          hour: Number(row['hour']),
        })),
    knows(kind, name) {
      switch (kind) {
        case 'api':
          return (
            database
              .prepare('SELECT 1 FROM usage WHERE api = (SELECT id FROM word WHERE text = ?) LIMIT 1')
              .get(name) !== undefined
          );
        case 'person':
          return (
            database.prepare('SELECT 1 FROM person WHERE username = ? OR subject = ? LIMIT 1').get(name, name) !==
            undefined
          );
        case 'group':
          return setsWith(database, name).length > 0;
      }
    },
    close: () => database.close(),
  };
}

function countedIn(database: DatabaseSync): Counted {
  const row = database.prepare('SELECT seq, digest, outlived, missed FROM counted').get();
  if (row === undefined) throw new Error('the usage counts have lost their place in the audit');
  return {
    seq: Number(row['seq']),
    digest: row['digest'] as Uint8Array,
    outlived: row['outlived'] === 1,
    missed: Number(row['missed']),
  };
}

/** Rows of a grouped query; `select` and `by` are SQL of this program, never of a caller. */
function grouped(
  database: DatabaseSync,
  table: 'usage' | 'denial',
  select: string,
  by: readonly string[],
  [{ fromHour, toHour }, { api, user, group }]: readonly [Period, UsageFilter],
): readonly Row[] {
  const conditions = ['hour >= ?', 'hour < ?'];
  const values: string[] = [];
  if (api !== undefined) {
    conditions.push('api = (SELECT id FROM word WHERE text = ?)');
    values.push(api);
  }
  if (user !== undefined) {
    conditions.push('person IN (SELECT id FROM person WHERE username = ? OR subject = ?)');
    values.push(user, user);
  }
  if (group !== undefined) conditions.push(`groups IN (${setsWith(database, group).join(', ')})`);
  const groupBy = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`;
  return database
    .prepare(`SELECT ${select} FROM ${table} WHERE ${conditions.join(' AND ')}${groupBy}`)
    .all(fromHour, toHour, ...values);
}

/** Reads what a row counts, with texts and people for the numbers of those columns that it has. */
function reader(database: DatabaseSync, by: readonly UsageColumn[]) {
  const words = wordsOf(database);
  const people = by.includes('person') ? peopleOf(database) : new Map<number, Person>();
  const sets = new Map<number, readonly string[]>();
  const word = (row: Row, column: string): string => words.get(Number(row[column])) ?? '';
  const groupsOf = (row: Row): readonly string[] => {
    const number = Number(row['groups']);
    const groups = sets.get(number) ?? (JSON.parse(words.get(number) ?? '[]') as readonly string[]);
    sets.set(number, groups);
    return groups;
  };
  return (row: Row) => ({
    person: people.get(Number(row['person'])) ?? nobody,
    groups: groupsOf(row),
    api: word(row, 'api'),
    rule: word(row, 'rule'),
    allowed: row['allowed'] === 1,
    requests: Number(row['requests']),
    lastHour: Number(row['last']),
  });
}

function wordsOf(database: DatabaseSync): ReadonlyMap<number, string> {
  const rows = database.prepare('SELECT id, text FROM word').all();
  return new Map(rows.map((row) => [Number(row['id']), String(row['text'])]));
}

function peopleOf(database: DatabaseSync): ReadonlyMap<number, Person> {
  const rows = database.prepare('SELECT id, issuer, subject, username FROM person').all();
  return new Map(
    rows.map((row) => [
      Number(row['id']),
      { issuer: String(row['issuer']), subject: String(row['subject']), username: String(row['username']) },
    ]),
  );
}

/** Numbers of the sets of groups that somebody had with this one among them. */
function setsWith(database: DatabaseSync, group: string): readonly number[] {
  return database
    .prepare("SELECT id, text FROM word WHERE text LIKE '[%' AND id IN (SELECT DISTINCT groups FROM usage)")
    .all()
    .filter((row) => (JSON.parse(String(row['text'])) as string[]).includes(group))
    .map((row) => Number(row['id']));
}
