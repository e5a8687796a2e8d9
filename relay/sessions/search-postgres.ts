import { type Kysely, sql, type SqlBool } from 'kysely';
import { type Person, personHash, personKey } from '../identity/person-key.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { fitsFilter } from './find-sessions.ts';
import { foldedName } from './locks-in-force.ts';
import type { SessionTables } from './postgres-session-store.ts';
import {
  cursorOf,
  fitsText,
  hasSubject,
  lastUsedFirst,
  placeOf,
  readPlace,
  type SearchableSessions,
  type SeenPerson,
  type SubjectAt,
  tracesOf,
  traceOfText,
} from './search-sessions.ts';
import { parseSession, type SessionRecord } from './session-record.ts';

/** Rows that are read at once: few of those that may fit don't. */
const atOnce = 1000;

interface FoundPerson {
  readonly person: string;
  readonly last: string;
}

/**
 * Finds sessions of all relays, in their order, and reads only those that may fit. Ids are compared as bytes, as everywhere
 * else.
 */
export function searchPostgres(storage: PostgresConnection): SearchableSessions {
  return {
    search: ({ filter, cursor, limit, keep }) =>
      storage.run<SessionTables, Awaited<ReturnType<SearchableSessions['search']>>>(async (database) => {
        const { exact, folded } = tracesOf(filter);
        const items: SessionRecord[] = [];
        let after = readPlace(cursor, 1);
        for (;;) {
          let query = database.selectFrom('session').select(['id', 'content', 'last_used_at_ms']);
          for (const trace of exact) query = query.where(sql<SqlBool>`strpos(content, ${trace}) > 0`);
          for (const trace of folded) query = query.where(sql<SqlBool>`strpos(lower(content), ${trace}) > 0`);
          if (after !== null) {
            const { atMs, names } = after;
            query = query.where(
              sql<SqlBool>`(last_used_at_ms < ${atMs} OR (last_used_at_ms = ${atMs} AND id COLLATE "C" > ${names[0]}))`,
            );
          }
          const rows = await query
            .orderBy('last_used_at_ms', 'desc')
            .orderBy(sql`id COLLATE "C"`)
            .limit(atOnce)
            .execute();
          for (const { content } of rows) {
            const session = parseSession(content);
            if (session === null || !fitsFilter(session, filter) || !keep(session)) continue;
            const last = items.at(-1);
            // One more is there than is asked for.
            if (items.length === limit && last !== undefined) return { items, next: cursorOf(placeOf(last)) };
            items.push(session);
          }
          const end = rows.at(-1);
          if (end === undefined || rows.length < atOnce) return { items, next: null };
          after = { atMs: Number(end.last_used_at_ms), names: [end.id] };
        }
      }),
    people: ({ text, cursor, limit }) =>
      storage.run<SessionTables, Awaited<ReturnType<SearchableSessions['people']>>>(async (database) => {
        const items: SeenPerson[] = [];
        const most = limit + 1;
        let place = readPlace(cursor, 1);
        for (;;) {
          const found = await findPeople(database, text, place, most);
          const people = await peopleOf(database, found, text);
          for (const [key, person] of people) {
            if (items.length === limit) return { items, next: cursorOf(place ?? { atMs: 0, names: [''] }) };
            items.push(person);
            place = { atMs: person.lastUsedAtMs, names: [key] };
          }
          const end = found.at(-1);
          if (end === undefined || found.length < most) return { items, next: null };
          place = { atMs: Number(end.last), names: [end.person] };
        }
      }),
    ofSubjects: (subjects) =>
      storage.run<SessionTables, readonly SessionRecord[]>(async (database) => {
        const found = await ofNamedPeople(database, subjects);
        const known = new Set(found.map(foldedKey));
        const left = subjects.filter(
          ({ subject, issuer }) => issuer === null || !known.has(foldedKey({ subject, issuer })),
        );
        const others = left.length === 0 ? [] : await ofLikeSubjects(database, left);
        const byId = new Map([...found, ...others].map((session) => [session.id, session]));
        return lastUsedFirst([...byId.values()]);
      }),
  };
}

function foldedKey({ issuer, subject }: Person): string {
  return personKey({ issuer, subject: foldedName(subject) });
}

/** Of those whose issuer is named and whose subject is written as the provider has it: nearly all, and found by an index. */
async function ofNamedPeople(
  database: Kysely<SessionTables>,
  subjects: readonly SubjectAt[],
): Promise<readonly SessionRecord[]> {
  const people = subjects.flatMap(({ subject, issuer }) => (issuer === null ? [] : [personHash({ subject, issuer })]));
  if (people.length === 0) return [];
  const { rows } = await sql<{ content: string }>`SELECT content FROM session WHERE person = ANY(${people})`.execute(
    database,
  );
  return rows.map(({ content }) => parseSession(content)).filter((session) => session !== null);
}

/** In any letter case, and at any issuer: all are looked through, in PostgreSQL, once. */
async function ofLikeSubjects(
  database: Kysely<SessionTables>,
  subjects: readonly SubjectAt[],
): Promise<readonly SessionRecord[]> {
  const traces = subjects.flatMap(({ subject }) => traceOfText(subject));
  const subject = sql`substring(content from ${String.raw`"subject":"((?:[^"\\]|\\.)*)"`})`;
  // Outside ASCII it doesn’t know what is the same letter.
  const orOthers = traces.length === subjects.length ? sql`` : sql` OR ${subject} ~ '[^ -~]'`;
  const { rows } = await sql<{ content: string }>`
    SELECT content FROM session WHERE lower(${subject}) = ANY(${traces})${orOthers}`.execute(database);
  const isMeant = hasSubject(subjects);
  return rows
    .map(({ content }) => parseSession(content))
    .filter((session) => session !== null)
    .filter(isMeant);
}

async function findPeople(
  database: Kysely<SessionTables>,
  text: string | undefined,
  after: ReturnType<typeof readPlace>,
  limit: number,
): Promise<readonly FoundPerson[]> {
  const traces = text === undefined ? [] : traceOfText(text);
  const narrowed = traces.map((trace) => sql<SqlBool>`strpos(lower(content), ${trace}) > 0`);
  const where = narrowed.length === 0 ? sql`` : sql`WHERE ${sql.join(narrowed, sql` AND `)}`;
  const having =
    after === null
      ? sql``
      : sql`HAVING max(last_used_at_ms) < ${after.atMs}
          OR (max(last_used_at_ms) = ${after.atMs} AND person COLLATE "C" > ${after.names[0]})`;
  const { rows } = await sql<FoundPerson>`
    SELECT person, max(last_used_at_ms) AS last FROM session ${where} GROUP BY person ${having}
    ORDER BY last DESC, person COLLATE "C" LIMIT ${limit}`.execute(database);
  return rows;
}

/** Who these are by their last used session, in the same order; without those whose name doesn't fit. */
async function peopleOf(
  database: Kysely<SessionTables>,
  found: readonly FoundPerson[],
  text: string | undefined,
): Promise<readonly (readonly [key: string, person: SeenPerson])[]> {
  if (found.length === 0) return [];
  const keys = found.map(({ person }) => person);
  const { rows } = await sql<{ person: string; content: string; sessions: string }>`
    SELECT DISTINCT ON (person) person, content, count(*) OVER (PARTITION BY person) AS sessions
    FROM session WHERE person = ANY(${keys}) ORDER BY person, last_used_at_ms DESC`.execute(database);
  const known = new Map(rows.map((row) => [row.person, row]));
  return found.flatMap(({ person: key, last }) => {
    const row = known.get(key);
    const session = row === undefined ? null : parseSession(row.content);
    if (row === undefined || session === null || !fitsText(session, text)) return [];
    const { kind, issuer, provider, subject, username } = session;
    const sessions = Number(row.sessions);
    return [[key, { kind, issuer, provider, subject, username, lastUsedAtMs: Number(last), sessions }] as const];
  });
}
