import { hourStartMs } from './count-records.ts';
import { type Period, periodBefore, type ReportQuery, type ReportRow, type UsageKey } from './report.ts';
import type { Person, UsageColumn, UsageStore, UsageTotal } from './usage-store.ts';

interface Total {
  readonly name: Readonly<Record<string, string | null>>;
  requests: number;
  denied: number;
  readonly people: Set<Person>;
  readonly apis: Set<string>;
  lastHour: number;
}

/** What rows are ordered by. */
interface Ordered {
  readonly requests: number;
  readonly requestsBefore: number;
}

const columns: Readonly<Record<UsageKey, readonly UsageColumn[]>> = {
  api: ['api'],
  hour: ['hour'],
  day: ['hour'],
  group: ['groups'],
  person: ['person'],
  rule: ['api', 'rule'],
  decision: ['allowed'],
};

/** Requests by one key, in a period and in the one before, most first. */
export async function usageReport(usage: UsageStore, query: ReportQuery, key: UsageKey): Promise<readonly ReportRow[]> {
  const { period } = query;
  const namesOf = namer(key);
  const by = [...new Set<UsageColumn>([...columns[key], 'person', 'api', 'allowed'])];
  const read = (of: Period): Promise<readonly UsageTotal[]> | readonly UsageTotal[] => usage.usage(of, by, query);
  const now = totals(await read(period), namesOf);
  const isInTime = key === 'hour' || key === 'day';
  // An hour, or a day, is compared with the one at the same place in the period before.
  const length = period.toHour - period.fromHour;
  const before = totals(await read(periodBefore(period)), namesOf, isInTime ? length : 0);
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
  if (isInTime) return rows.toSorted((one, other) => (String(one['name']) < String(other['name']) ? -1 : 1));
  return rows.toSorted((one, other) => other.requests - one.requests || other.requestsBefore - one.requestsBefore);
}

/** The beginning of an hour, ISO 8601. */
export function timeText(hour: number): string {
  return new Date(hourStartMs(hour)).toISOString();
}

type Names = (row: UsageTotal, shift: number) => readonly Total['name'][];

function totals(rows: readonly UsageTotal[], namesOf: Names, shift = 0): Map<string, Total> {
  const found = new Map<string, Total>();
  for (const row of rows) {
    for (const name of namesOf(row, shift)) {
      const id = JSON.stringify(name);
      const total = found.get(id) ?? { name, requests: 0, denied: 0, people: new Set(), apis: new Set(), lastHour: 0 };
      found.set(id, total);
      total.requests += row.requests;
      if (!row.allowed) total.denied += row.requests;
      total.people.add(row.person);
      total.apis.add(row.api);
      total.lastHour = Math.max(total.lastHour, row.lastHour);
    }
  }
  return found;
}

/** Names of what a row counts for: one, but each of the caller's groups when groups are counted. */
function namer(key: UsageKey): Names {
  switch (key) {
    case 'api':
      return ({ api }) => [{ name: api }];
    case 'hour':
      return ({ hour }, shift) => [{ name: timeText(hour + shift) }];
    case 'day':
      return ({ hour }, shift) => [{ name: timeText(Math.floor((hour + shift) / 24) * 24) }];
    case 'decision':
      return ({ allowed }) => [{ name: allowed ? 'allow' : 'deny' }];
    case 'rule':
      return ({ rule, api }) => [{ name: rule === '' ? null : rule, api }];
    case 'group':
      return ({ groups }) => (groups.length === 0 ? [{ name: null }] : groups.map((name) => ({ name })));
    case 'person':
      return ({ person: { username, subject, issuer } }) => [{ name: username, subject, issuer }];
  }
}
