import { type Kysely, sql, type Transaction } from 'kysely';
import type { ColumnType, Generated } from 'kysely';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import {
  type KeptRevision,
  maxKeptBytes,
  type RevisionEvent,
  revisionHash,
  type RevisionStore,
  type RevisionWithText,
} from './revision-store.ts';

interface RevisionTables {
  readonly revision: { readonly hash: string; readonly text: string };
  readonly revision_event: {
    readonly seq: Generated<string>;
    readonly relay: string;
    readonly time_ms: ColumnType<string, number, number>;
    readonly event: 'loaded' | 'refused';
    readonly file: string;
    readonly hash: string;
  };
}

/** The tables of revisions. */
export const revisionMigrations: DomainMigrations = {
  domain: 'revisions',
  steps: [
    `
    CREATE TABLE revision (hash TEXT PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE revision_event (
      seq BIGINT GENERATED ALWAYS AS IDENTITY, relay TEXT NOT NULL, time_ms BIGINT NOT NULL, event TEXT NOT NULL,
      file TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (relay, time_ms, event, hash)
    );
    CREATE INDEX revision_event_hash ON revision_event (hash, seq);
    `,
  ],
};

/** Revisions of all relays that share a PostgreSQL, opened for one of them. */
export interface SharedRevisionStore extends RevisionStore {
  /** Keeps what isn't there yet, all or none; how many that were. */
  take(events: readonly RevisionWithText[]): Promise<number>;
  /** Ids of the relays of which something is kept. */
  relays(): Promise<readonly string[]>;
}

const rowsAtOnce = 1000;

/** Beyond `maxBytes` of text the oldest texts go, and what is in force at some relay stays. */
export function postgresRevisions(
  postgres: Pick<PostgresConnection, 'run' | 'transaction'>,
  relay: string,
  { maxBytes = maxKeptBytes } = {},
): SharedRevisionStore {
  const read = <Result>(work: (database: Kysely<RevisionTables>) => Promise<Result>): Promise<Result> =>
    postgres.run(work);

  const take = (events: readonly RevisionWithText[]): Promise<number> =>
    postgres.transaction(async (within: Transaction<RevisionTables>) => {
      const rows = await within
        .selectFrom('revision_event')
        .select(['time_ms', 'event', 'hash'])
        .where('relay', '=', relay)
        .execute();
      const there = new Set(rows.map(({ time_ms, event, hash }) => keyOf({ timeMs: Number(time_ms), event, hash })));
      const news = events.filter((event) => !there.has(keyOf(event)));
      for (let from = 0; from < news.length; from += rowsAtOnce)
        await insert(within, relay, news.slice(from, from + rowsAtOnce));
      if (news.length > 0) await prune(within, maxBytes);
      return news.length;
    });

  return {
    take,
    async keep(event, text) {
      await take([{ ...event, text }]);
    },
    at: (timeMs) =>
      read(async (database) => {
        const loaded = database.selectFrom('revision_event').where('relay', '=', relay).where('event', '=', 'loaded');
        const row = await loaded
          .leftJoin('revision', 'revision.hash', 'revision_event.hash')
          .select(['seq', 'time_ms', 'file', 'revision_event.hash', 'text'])
          .where(sql<boolean>`time_ms <= ${timeMs}`)
          .orderBy('time_ms', 'desc')
          .orderBy('seq', 'desc')
          .executeTakeFirst();
        if (row === undefined) {
          const first = await loaded.select('time_ms').orderBy('time_ms').orderBy('seq').executeTakeFirst();
          return first === undefined ? { status: 'none' } : { status: 'too-early', firstMs: Number(first.time_ms) };
        }
        const { hash, text, file } = row;
        if (text === null) return { status: 'pruned', hash };
        if (revisionHash(text) !== hash) return { status: 'altered', hash };
        const next = await loaded
          .select('time_ms')
          .where(sql<boolean>`(time_ms, seq) > (${row.time_ms}, ${row.seq})`)
          .orderBy('time_ms')
          .orderBy('seq')
          .executeTakeFirst();
        const untilMs = next === undefined ? null : Number(next.time_ms);
        const revision: KeptRevision = { timeMs: Number(row.time_ms), event: 'loaded', file, hash, text, untilMs };
        return { status: 'found', revision };
      }),
    list: () =>
      read(async (database) => {
        const rows = await database
          .selectFrom('revision_event')
          .leftJoin('revision', 'revision.hash', 'revision_event.hash')
          .select(['relay', 'time_ms', 'event', 'file', 'revision_event.hash'])
          .select(sql<boolean>`revision.hash IS NOT NULL`.as('isKept'))
          .orderBy('time_ms', 'desc')
          .orderBy('seq', 'desc')
          .execute();
        return rows.map(({ time_ms, ...row }) => ({ ...row, timeMs: Number(time_ms) }));
      }),
    textsOf: (hashPrefix) =>
      read(async (database) => {
        const rows = await database
          .selectFrom('revision')
          .selectAll()
          .where(sql<boolean>`left(hash, ${hashPrefix.length}) = ${hashPrefix}`)
          .execute();
        return rows.filter(({ hash, text }) => revisionHash(text) === hash).map(({ text }) => text);
      }),
    relays: () =>
      read(async (database) => {
        const rows = await database.selectFrom('revision_event').select('relay').distinct().orderBy('relay').execute();
        return rows.map((row) => row.relay);
      }),
    // Whoever has connected ends the connection.
    close: () => undefined,
  };
}

function keyOf({ timeMs, event, hash }: Pick<RevisionEvent, 'timeMs' | 'event' | 'hash'>): string {
  return `${timeMs} ${event} ${hash}`;
}

async function insert(
  within: Transaction<RevisionTables>,
  relay: string,
  events: readonly RevisionWithText[],
): Promise<void> {
  const texts = new Map(events.map(({ hash, text }) => [hash, text]));
  // In the same order in every relay, so that none waits for another that waits for it.
  for (const hash of [...texts.keys()].toSorted()) {
    const text = texts.get(hash) ?? null;
    if (text === null) continue;
    await within
      .insertInto('revision')
      .values({ hash, text: storable(text) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await within
    .insertInto('revision_event')
    .values(
      events.map(({ timeMs, event, file, hash }) => ({ relay, time_ms: timeMs, event, file: storable(file), hash })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The oldest texts go; those in force go last, which is never. */
async function prune(within: Transaction<RevisionTables>, maxBytes: number): Promise<void> {
  await sql`
    WITH in_force AS (
      SELECT DISTINCT ON (relay) hash FROM revision_event WHERE event = 'loaded' ORDER BY relay, time_ms DESC, seq DESC
    ), kept AS (
      SELECT hash, hash IN (SELECT hash FROM in_force) AS is_in_force, octet_length(text) AS bytes,
        (SELECT max(time_ms) FROM revision_event WHERE revision_event.hash = revision.hash) AS last_ms
      FROM revision
    ), summed AS (
      SELECT hash, is_in_force, sum(bytes) OVER (ORDER BY is_in_force DESC, last_ms DESC, hash) AS up_to FROM kept
    )
    DELETE FROM revision WHERE hash IN (SELECT hash FROM summed WHERE up_to > ${maxBytes} AND NOT is_in_force)
  `.execute(within);
}
