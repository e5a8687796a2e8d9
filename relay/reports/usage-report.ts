import type { DatabaseSync } from 'node:sqlite';
import { hourStartMs } from './count-records.ts';
import { type Period, periodBefore, type ReportQuery, type ReportRow, type UsageKey } from './report.ts';
import { type UsageQuery, wordsOf } from './usage-query.ts';

interface Total {
  readonly name: Readonly<Record<string, string | null>>;
  requests: number;
  denied: number;
  readonly people: Set<number>;
  readonly apis: Set<number>;
  lastHour: number;
}

/** What rows are ordered by. */
interface Ordered {
  readonly requests: number;
  readonly requestsBefore: number;
}

/** Who a person is, as the counts know it. */
interface Person {
  readonly username: string;
  readonly subject: string;
  readonly issuer: string;
}

const columns: Readonly<Record<UsageKey, string>> = {
  api: 'api',
  hour: 'hour',
  group: 'groups',
  person: 'person',
  rule: 'api, rule',
  decision: 'allowed',
};

/** Requests by one key, in a period and in the one before, most first. */
export function usageReport(
  database: DatabaseSync,
  query: UsageQuery,
  { period }: ReportQuery,
  key: UsageKey,
): readonly ReportRow[] {
  const namesOf = namer(database, key);
  const now = totals(query, period, key, namesOf);
  // An hour is compared with the one at the same place in the period before.
  const length = period.toHour - period.fromHour;
  const before = totals(query, periodBefore(period), key, namesOf, key === 'hour' ? length : 0);
  const keys = [...new Set([...now.keys(), ...before.keys()])];
  const rows = keys.flatMap((one): readonly (ReportRow & Ordered)[] => {
    const [found, earlier] = [now.get(one), before.get(one)];
    const { name } = found ?? earlier ?? {};
    if (name === undefined) return [];
    return [
      {
        ...name,
        requests: found?.requests ?? 0,
        denied: found?.denied ?? 0,
        ...(key === 'person' ? {} : { people: found?.people.size ?? 0 }),
        ...(key === 'person' || key === 'group' ? { apis: found?.apis.size ?? 0 } : {}),
        requestsBefore: earlier?.requests ?? 0,
        deniedBefore: earlier?.denied ?? 0,
        ...(key === 'person' ? {} : { peopleBefore: earlier?.people.size ?? 0 }),
        ...(key === 'person' ? { lastHour: timeText(Math.max(found?.lastHour ?? 0, earlier?.lastHour ?? 0)) } : {}),
      },
    ];
  });
  if (key === 'hour') return rows.toSorted((one, other) => (String(one['name']) < String(other['name']) ? -1 : 1));
  return rows.toSorted((one, other) => other.requests - one.requests || other.requestsBefore - one.requestsBefore);
}

/** The beginning of an hour, ISO 8601. */
export function timeText(hour: number): string {
  return new Date(hourStartMs(hour)).toISOString();
}

function totals(
  query: UsageQuery,
  period: Period,
  key: UsageKey,
  namesOf: (row: Readonly<Record<string, unknown>>, shift: number) => readonly Total['name'][],
  shift = 0,
): Map<string, Total> {
  const groupBy = [...new Set([...columns[key].split(', '), 'person', 'api', 'allowed'])].join(', ');
  const found = new Map<string, Total>();
  for (const row of query.rows('usage', period, `${groupBy}, sum(requests) AS requests, max(hour) AS last`, groupBy)) {
    for (const name of namesOf(row, shift)) {
      const id = JSON.stringify(name);
      const total = found.get(id) ?? { name, requests: 0, denied: 0, people: new Set(), apis: new Set(), lastHour: 0 };
      found.set(id, total);
      total.requests += Number(row['requests']);
      if (row['allowed'] === 0) total.denied += Number(row['requests']);
      total.people.add(Number(row['person']));
      total.apis.add(Number(row['api']));
      total.lastHour = Math.max(total.lastHour, Number(row['last']));
    }
  }
  return found;
}

/** Names of what a row counts for: one, but each of the caller's groups when groups are counted. */
function namer(
  database: DatabaseSync,
  key: UsageKey,
): (row: Readonly<Record<string, unknown>>, shift: number) => readonly Total['name'][] {
  const words = wordsOf(database);
  const word = (row: Readonly<Record<string, unknown>>, column: string): string => words.get(Number(row[column])) ?? '';
  switch (key) {
    case 'api':
      return (row) => [{ name: word(row, 'api') }];
    case 'hour':
      return (row, shift) => [{ name: timeText(Number(row['hour']) + shift) }];
    case 'decision':
      return (row) => [{ name: row['allowed'] === 1 ? 'allow' : 'deny' }];
    case 'rule':
      return (row) => [{ name: word(row, 'rule') || null, api: word(row, 'api') }];
    case 'group': {
      const sets = new Map<string, { readonly name: string | null }[]>();
      const namesIn = (text: string): { readonly name: string | null }[] => {
        const groups = JSON.parse(text) as string[];
        return groups.length === 0 ? [{ name: null }] : groups.map((name) => ({ name }));
      };
      return (row) => {
        const text = word(row, 'groups');
        const names = sets.get(text) ?? namesIn(text);
        sets.set(text, names);
        return names;
      };
    }
    case 'person': {
      const people = peopleOf(database);
      return (row) => {
        const found = people.get(Number(row['person']));
        return found === undefined ? [] : [{ name: found.username, subject: found.subject, issuer: found.issuer }];
      };
    }
  }
}

function peopleOf(database: DatabaseSync): ReadonlyMap<number, Person> {
  const rows = database.prepare('SELECT id, issuer, subject, username FROM person').all();
  return new Map(
    rows.map((row) => [
      Number(row['id']),
      { username: String(row['username']), subject: String(row['subject']), issuer: String(row['issuer']) },
    ]),
  );
}
