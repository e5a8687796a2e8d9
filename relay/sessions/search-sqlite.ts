import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { fitsFilter } from './find-sessions.ts';
import { foldedName } from './locks-in-force.ts';
import {
  cursorOf,
  fitsText,
  hasSubject,
  lastUsedFirst,
  type Page,
  placeOf,
  readPlace,
  type SearchableSessions,
  type SeenPerson,
  type SubjectAt,
  tracesOf,
  traceOfText,
} from './search-sessions.ts';
import { parseSession, type SessionRecord } from './session-record.ts';

/** Finds sessions in the data folder, in their order, and reads only those that may fit. */
export function searchSqlite(database: DatabaseSync): {
  search(search: Parameters<SearchableSessions['search']>[0]): Page<SessionRecord>;
  people(search: Parameters<SearchableSessions['people']>[0]): Page<SeenPerson>;
  ofSubjects(subjects: readonly SubjectAt[]): readonly SessionRecord[];
} {
  return {
    search({ filter, cursor, limit, keep }) {
      const { exact, folded } = tracesOf(filter);
      const after = readPlace(cursor, 1);
      const conditions = [
        ...exact.map(() => 'instr(content, ?) > 0'),
        ...folded.map(() => 'instr(lower(content), ?) > 0'),
        ...(after === null ? [] : ['(last_used_at_ms < ? OR (last_used_at_ms = ? AND id > ?))']),
      ];
      const place = after === null ? [] : [after.atMs, after.atMs, after.names[0] ?? ''];
      const rows = database
        .prepare(`SELECT content FROM session ${whereOf(conditions)} ORDER BY last_used_at_ms DESC, id`)
        .iterate(...exact, ...folded, ...place);
      const items: SessionRecord[] = [];
      for (const row of rows) {
        const session = parseSession(String(row['content']));
        if (session === null || !fitsFilter(session, filter) || !keep(session)) continue;
        const last = items.at(-1);
        // One more is there than is asked for.
        if (items.length === limit && last !== undefined) return { items, next: cursorOf(placeOf(last)) };
        items.push(session);
      }
      return { items, next: null };
    },
    people({ text, cursor, limit }) {
      const traces = text === undefined ? [] : traceOfText(text);
      const after = readPlace(cursor, 2);
      const having =
        after === null
          ? ''
          : 'HAVING (max(last_used_at_ms) < ? OR (max(last_used_at_ms) = ? AND (issuer, subject) > (?, ?)))';
      const [issuer = '', subject = ''] = after?.names ?? [];
      const place: readonly SQLInputValue[] = after === null ? [] : [after.atMs, after.atMs, issuer, subject];
      // With max(), SQLite takes the other columns from the row of the maximum: the last used session.
      const rows = database
        .prepare(
          `SELECT content, max(last_used_at_ms) AS last FROM session
           ${whereOf(traces.map(() => 'instr(lower(content), ?) > 0'))}
           GROUP BY issuer, subject ${having} ORDER BY last DESC, issuer, subject`,
        )
        .iterate(...traces, ...place);
      const count = database.prepare('SELECT count(*) AS sessions FROM session WHERE issuer = ? AND subject = ?');
      const items: SeenPerson[] = [];
      for (const row of rows) {
        const session = parseSession(String(row['content']));
        if (session === null || !fitsText(session, text)) continue;
        const last = items.at(-1);
        if (items.length === limit && last !== undefined)
          return { items, next: cursorOf({ atMs: last.lastUsedAtMs, names: [last.issuer, last.subject] }) };
        const { kind, provider, username } = session;
        const person = { kind, issuer: session.issuer, provider, subject: session.subject, username };
        const sessions = Number(count.get(person.issuer, person.subject)?.['sessions'] ?? 0);
        items.push({ ...person, lastUsedAtMs: Number(row['last']), sessions });
      }
      return { items, next: null };
    },
    ofSubjects(subjects) {
      const names = subjects.map(({ subject }) => foldedName(subject));
      const isPlain = names.every((name) => /^[ -~]*$/.test(name));
      // From the index alone. Outside ASCII, SQLite doesn’t know what is the same letter.
      const people = database.prepare(
        `SELECT DISTINCT issuer, subject FROM session WHERE lower(subject) IN (SELECT value FROM json_each(?))
         ${isPlain ? '' : "OR subject GLOB '*[^' || char(1) || '-' || char(127) || ']*'"}`,
      );
      const isMeant = hasSubject(subjects);
      const ofPerson = database.prepare('SELECT content FROM session WHERE issuer = ? AND subject = ?');
      const sessions: SessionRecord[] = [];
      for (const row of people.all(JSON.stringify(names))) {
        const person = { issuer: String(row['issuer']), subject: String(row['subject']) };
        if (!isMeant(person)) continue;
        for (const { content } of ofPerson.all(person.issuer, person.subject)) {
          const session = parseSession(String(content));
          if (session !== null) sessions.push(session);
        }
      }
      return lastUsedFirst(sessions);
    },
  };
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
