import { type Kysely, sql, type Transaction } from 'kysely';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import type { Period } from './report.ts';
import { idOf, type UsageTables } from './postgres-usage-tables.ts';
import {
  type Counted,
  isSamePlace,
  nobody,
  type Person,
  type UsageColumn,
  type UsageFilter,
  type UsageStore,
} from './usage-store.ts';
import { writeSharedCounts } from './write-shared-counts.ts';

/** The counts of all relays that share a PostgreSQL, opened for one of them. */
export interface SharedUsageStore extends UsageStore {
  /** The first hour of which there are counts of this relay; null without any. */
  firstHour(): Promise<number | null>;
  /** How many requests of this relay are counted. */
  requests(): Promise<number>;
}

type Database = Kysely<UsageTables>;
type Named = Readonly<Partial<Record<'person' | 'groups' | 'api' | 'rule' | 'method' | 'shape', string>>>;

const nowhere: Counted = { seq: 0, digest: new Uint8Array(), outlived: false, missed: 0 };

/** @param relay id of the relay whose audit is counted */
export function postgresUsage(
  postgres: Pick<PostgresConnection, 'run' | 'transaction'>,
  relay: string,
): SharedUsageStore {
  const read = <Result>(work: (database: Database) => Promise<Result>): Promise<Result> => postgres.run(work);
  /** Does the work if the audit is counted up to a place, and lets nobody else count this relay's meanwhile. */
  const fromPlace = (from: Counted, work: (within: Transaction<UsageTables>) => Promise<void>): Promise<boolean> =>
    postgres.transaction(async (within: Transaction<UsageTables>) => {
      await within
        .insertInto('usage_counted')
        .values({ ...nowhere, relay, digest: Buffer.alloc(0) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const row = await within
        .selectFrom('usage_counted')
        .selectAll()
        .where('relay', '=', relay)
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (!isSamePlace(countedOf(row), from)) return false;
      await work(within);
      return true;
    });

  return {
    relay,
    counted: () =>
      read(async (database) => {
        const row = await database
          .selectFrom('usage_counted')
          .selectAll()
          .where('relay', '=', relay)
          .executeTakeFirst();
        return row === undefined ? nowhere : countedOf(row);
      }),
    allCounted: () =>
      read(async (database) => {
        const rows = await database.selectFrom('usage_counted').selectAll().orderBy('relay').execute();
        return new Map(rows.map((row) => [row.relay, countedOf(row)]));
      }),
    add: (from, counts, { seq, digest, outlived, missed }) =>
      fromPlace(from, async (within) => {
        for (const some of counts) await writeSharedCounts(within, relay, some);
        await within
          .updateTable('usage_counted')
          .set({ seq, digest: Buffer.from(digest), outlived, missed })
          .where('relay', '=', relay)
          .execute();
      }),
    replace: (at, afterHour, counts) =>
      fromPlace(at, async (within) => {
        for (const table of ['usage_count', 'usage_denial'] as const)
          await within
            .deleteFrom(table)
            .where('relay', '=', relay)
            .where(sql<boolean>`hour > ${afterHour}`)
            .execute();
        for (const some of counts) await writeSharedCounts(within, relay, some);
      }),
    usage: (period, by, filter) =>
      read(async (database) => {
        const columns: readonly UsageColumn[] = by;
        const rows = await database
          .selectFrom('usage_count')
          .select(columns)
          .select([sql<string>`sum(requests)`.as('requests'), sql<string>`max(hour)`.as('last')])
          .where(fits(period, filter))
          .$if(by.length > 0, (query) => query.groupBy(columns))
          .execute();
        const named = await namesIn(database, rows);
        return rows.map((row) => ({
          ...named(row),
          hour: Number(row.hour ?? 0),
          allowed: row.allowed ?? false,
          requests: Number(row.requests),
          lastHour: Number(row.last),
        }));
      }),
    denials: (period, filter) =>
      read(async (database) => {
        const rows = await database
          .selectFrom('usage_denial')
          .select(['api', 'method', 'shape', 'rule', 'groups', 'person'])
          .select([
            sql<string>`sum(requests)`.as('requests'),
            sql<string>`max(hour)`.as('last'),
            sql<string>`(array_agg(path ORDER BY hour DESC))[1]`.as('path'),
          ])
          .where(fits(period, filter))
          .groupBy(['api', 'method', 'shape', 'rule', 'groups', 'person'])
          .orderBy('last')
          .orderBy('path')
          .execute();
        const named = await namesIn(database, rows);
        return rows.map((row) => ({
          ...named(row),
          path: row.path,
          requests: Number(row.requests),
          lastHour: Number(row.last),
        }));
      }),
    approved: (toHour) =>
      read(async (database) => {
        const rows = await database
          .selectFrom('usage_grant')
          .selectAll()
          .where(sql<boolean>`hour < ${toHour}`)
          .execute();
        return rows.map(({ id, api, role, hour }) => ({ id, api, role, hour: Number(hour) }));
      }),
    knows: (kind, name) =>
      read(async (database) => {
        const conditions = {
          api: sql<boolean>`EXISTS (SELECT 1 FROM usage_count WHERE api = ${idOf(name)})`,
          person: sql<boolean>`EXISTS (SELECT 1 FROM usage_person WHERE ${storable(name)} IN (username, subject))`,
          group: sql<boolean>`EXISTS (SELECT 1 FROM usage_groups WHERE ${storable(name)} = ANY(names))`,
        };
        const { rows } = await sql<{ known: boolean }>`SELECT ${conditions[kind]} AS known`.execute(database);
        return rows[0]?.known === true;
      }),
    kept: (after, upTo, limit) =>
      read(async (database) => {
        const { rows: tables } = await sql<{ isThere: boolean }>`
          SELECT to_regclass('audit_record') IS NOT NULL AS "isThere"`.execute(database);
        if (tables[0]?.isThere !== true) return [];
        const { rows } = await sql<{ seq: string; payload: string }>`
          SELECT seq, payload FROM audit_record WHERE relay = ${relay} AND seq > ${after} AND seq <= ${upTo}
          ORDER BY seq LIMIT ${limit}`.execute(database);
        return rows.map(({ seq, payload }) => ({ seq: Number(seq), payload, stored: payload }));
      }),
    firstHour: () =>
      read(async (database) => {
        const { rows } = await sql<{ first: string | null }>`
          SELECT min(hour) AS first FROM usage_count WHERE relay = ${relay}`.execute(database);
        const first = rows[0]?.first ?? null;
        return first === null ? null : Number(first);
      }),
    requests: () =>
      read(async (database) => {
        const { rows } = await sql<{ sum: string }>`
          SELECT coalesce(sum(requests), 0) AS sum FROM usage_count WHERE relay = ${relay}`.execute(database);
        return Number(rows[0]?.sum);
      }),
    // Whoever has connected ends the connection.
    close: () => undefined,
  };
}

function countedOf(row: {
  readonly seq: string;
  readonly digest: Buffer;
  readonly outlived: boolean;
  readonly missed: string;
}): Counted {
  return { seq: Number(row.seq), digest: row.digest, outlived: row.outlived, missed: Number(row.missed) };
}

function fits({ fromHour, toHour }: Period, { api, user, group }: UsageFilter) {
  const conditions = [sql`hour >= ${fromHour}`, sql`hour < ${toHour}`];
  if (api !== undefined) conditions.push(sql`api = ${idOf(api)}`);
  if (user !== undefined)
    conditions.push(sql`person IN (SELECT id FROM usage_person WHERE ${storable(user)} IN (username, subject))`);
  if (group !== undefined)
    conditions.push(sql`groups IN (SELECT id FROM usage_groups WHERE ${storable(group)} = ANY(names))`);
  return sql<boolean>`${sql.join(conditions, sql` AND `)}`;
}

/** What stands for the ids of these rows. */
async function namesIn(database: Database, rows: readonly Named[]) {
  const idsOf = (...columns: readonly (keyof Named)[]): readonly string[] => [
    ...new Set(rows.flatMap((row) => columns.map((column) => row[column]).filter((id) => id !== undefined))),
  ];
  const those = (ids: readonly string[]) => sql<boolean>`id = ANY(${ids}::uuid[])`;
  const words = new Map(
    (
      await database
        .selectFrom('usage_word')
        .selectAll()
        .where(those(idsOf('api', 'rule', 'method', 'shape')))
        .execute()
    ).map(({ id, text }) => [id, text]),
  );
  const sets = new Map(
    (
      await database
        .selectFrom('usage_groups')
        .selectAll()
        .where(those(idsOf('groups')))
        .execute()
    ).map(({ id, names }) => [id, names]),
  );
  const people = new Map<string, Person>(
    (
      await database
        .selectFrom('usage_person')
        .selectAll()
        .where(those(idsOf('person')))
        .execute()
    ).map(({ id, ...person }) => [id, person]),
  );
  const word = (id: string | undefined): string => words.get(id ?? '') ?? '';
  return ({ person, groups, api, rule, method, shape }: Named) => ({
    person: people.get(person ?? '') ?? nobody,
    groups: sets.get(groups ?? '') ?? [],
    api: word(api),
    rule: word(rule),
    method: word(method),
    shape: word(shape),
  });
}
