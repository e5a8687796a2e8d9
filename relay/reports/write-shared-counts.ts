import { type Insertable, sql, type Transaction } from 'kysely';
import { storable } from '../storage/postgres/storable-text.ts';
import { type Counts, type DenialCount, hourOf, type UsageCount } from './count-records.ts';
import { idOf, type UsageTables } from './postgres-usage-tables.ts';
import { maxShapes } from './write-counts.ts';

type Within = Transaction<UsageTables>;
type DenialRow = Insertable<UsageTables['usage_denial']> & { readonly requests: number };

/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const rowsAtOnce = 2000;

/** Adds counts of a relay's audit within the caller's transaction. Only one process at a time may do so for a relay. */
export async function writeSharedCounts(within: Within, relay: string, counts: Counts): Promise<void> {
  const { usage, denials, approved } = counts;
  await writeNames(within, [...usage, ...denials], denials);
  for (const rows of portions(usage.map((count) => ({ ...keysOf(relay, count), allowed: count.allowed }))))
    await within
      .insertInto('usage_count')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['hour', 'relay', 'person', 'groups', 'api', 'rule', 'allowed'])
          .doUpdateSet({ requests: sql`usage_count.requests + excluded.requests` }),
      )
      .execute();
  for (const rows of portions(await denialRows(within, relay, denials)))
    await within
      .insertInto('usage_denial')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['hour', 'relay', 'person', 'api', 'groups', 'rule', 'method', 'shape'])
          .doUpdateSet({ requests: sql`usage_denial.requests + excluded.requests`, path: sql`excluded.path` }),
      )
      .execute();
  const grants = approved.map(({ grant, timeMs, requester, api, role }) => ({
    id: storable(grant),
    hour: hourOf(timeMs),
    username: storable(requester.username),
    api: api === null ? null : storable(api),
    role: storable(role),
  }));
  for (const rows of portions(inOrder(grants)))
    await within
      .insertInto('usage_grant')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

function keysOf(relay: string, { hour, caller, groups, api, rule, requests }: UsageCount) {
  return {
    relay,
    hour,
    person: idOf(caller.issuer, caller.subject),
    groups: idOf(groups),
    api: idOf(api),
    rule: idOf(rule),
    requests,
  };
}

/** The people, groups and words that counts name; the newest user name counts. */
async function writeNames(
  within: Within,
  counts: readonly UsageCount[],
  denials: readonly DenialCount[],
): Promise<void> {
  const texts = [
    ...counts.flatMap(({ api, rule }) => [api, rule]),
    ...denials.flatMap(({ method, shape }) => [method, shape]),
    '',
  ];
  const words = [...new Set(texts)].map((text) => ({ id: idOf(text), text: storable(text) }));
  for (const rows of portions(inOrder(words)))
    await within
      .insertInto('usage_word')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const sets = [...new Set(counts.map(({ groups }) => groups))].map((groups) => ({
    id: idOf(groups),
    names: (JSON.parse(groups) as string[]).map(storable),
  }));
  for (const rows of portions(inOrder(sets)))
    await within
      .insertInto('usage_groups')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const people = new Map(
    counts.map(({ caller: { issuer, subject, username } }) => {
      const id = idOf(issuer, subject);
      return [id, { id, issuer: storable(issuer), subject: storable(subject), username: storable(username) }];
    }),
  );
  for (const rows of portions(inOrder([...people.values()])))
    await within
      .insertInto('usage_person')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet({ username: sql`excluded.username` })
          .whereRef('usage_person.username', '<>', sql`excluded.username`),
      )
      .execute();
}

/** Denials as they are kept: kinds of paths beyond the most that one person, API and hour may have are one. */
async function denialRows(
  within: Within,
  relay: string,
  denials: readonly DenialCount[],
): Promise<readonly DenialRow[]> {
  if (denials.length === 0) return [];
  const kinds = new Map<string, Set<string>>();
  const [place, kind] = [
    (row: DenialRow): string => `${row.hour} ${row.person} ${row.api}`,
    (row: DenialRow): string => `${row.groups} ${row.rule} ${row.method} ${row.shape}`,
  ];
  const note = (row: DenialRow): Set<string> => {
    const known = kinds.get(place(row)) ?? new Set();
    kinds.set(place(row), known);
    return known;
  };
  const told = denials.map((count) => ({
    ...keysOf(relay, count),
    method: idOf(count.method),
    shape: idOf(count.shape),
    path: storable(count.path),
  }));
  const [hours, people] = [told.map(({ hour }) => hour), [...new Set(told.map(({ person }) => person))]];
  const there = await within
    .selectFrom('usage_denial')
    .selectAll()
    .where('relay', '=', relay)
    .where('hour', '>=', sql<string>`${Math.min(...hours)}`)
    .where('hour', '<=', sql<string>`${Math.max(...hours)}`)
    .where('person', '=', sql<string>`ANY(${people}::uuid[])`)
    .execute();
  for (const row of there) {
    const known = { ...row, hour: Number(row.hour), requests: Number(row.requests) };
    note(known).add(kind(known));
  }
  const others = idOf('');
  const rows = new Map<string, DenialRow>();
  for (const row of told) {
    const known = note(row);
    const isFull = !known.has(kind(row)) && known.size >= maxShapes;
    const kept = isFull ? { ...row, shape: others } : row;
    known.add(kind(kept));
    const key = `${place(kept)} ${kind(kept)}`;
    rows.set(key, { ...kept, requests: kept.requests + (rows.get(key)?.requests ?? 0) });
  }
  return [...rows.values()];
}

/** In the same order in every relay, so that none waits for another that waits for it. */
function inOrder<Row extends { readonly id: string }>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function* portions<Row>(rows: readonly Row[]): Iterable<Row[]> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) yield rows.slice(from, from + rowsAtOnce);
}
