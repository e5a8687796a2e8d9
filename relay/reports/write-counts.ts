import type { DatabaseSync } from 'node:sqlite';
import { type Counts, type DenialCount, hourOf, type UsageCount } from './count-records.ts';

/** Kinds of denied paths kept apart for one person, API and hour; further ones are counted together. */
export const maxShapes = 50;

/** Adds counts to the database, within the caller's transaction. */
export function countWriter(database: DatabaseSync): (counts: Counts) => void {
  const word = interned(database);
  const person = personOf(database);
  const addUsage = database.prepare(
    `INSERT INTO usage (hour, person, groups, api, rule, allowed, requests) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET requests = requests + excluded.requests`,
  );
  const addDenial = database.prepare(
    `INSERT INTO denial (hour, person, groups, api, rule, method, shape, path, requests) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, path = excluded.path`,
  );
  const hasDenial = database.prepare(
    'SELECT 1 FROM denial WHERE hour = ? AND person = ? AND api = ? AND groups = ? AND rule = ? AND method = ? AND shape = ?',
  );
  const shapesOf = database.prepare(
    'SELECT count(*) AS shapes FROM (SELECT 1 FROM denial WHERE hour = ? AND person = ? AND api = ? LIMIT ?)',
  );
  const addApproved = database.prepare(
    'INSERT INTO approved (id, hour, username, api, role) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );

  const denial = (count: DenialCount): void => {
    const { hour, caller, groups, api, rule, method, shape, path, requests } = count;
    const [who, where] = [person(caller), word(api)];
    const others = [word(groups), word(rule), word(method)] as const;
    const isNew = hasDenial.get(hour, who, where, ...others, shape) === undefined;
    const isFull = isNew && Number(shapesOf.get(hour, who, where, maxShapes)?.['shapes']) >= maxShapes;
    addDenial.run(hour, who, others[0], where, others[1], others[2], isFull ? '' : shape, path, requests);
  };

  return ({ usage, denials, approved }) => {
    for (const { hour, caller, groups, api, rule, allowed, requests } of usage)
      addUsage.run(hour, person(caller), word(groups), word(api), word(rule), Number(allowed), requests);
    for (const count of denials) denial(count);
    for (const { grant, timeMs, requester, api, role } of approved)
      addApproved.run(grant, hourOf(timeMs), requester.username, api, role);
  };
}

/** Numbers of texts. What is looked up once is read again: another process may have had its transaction rolled back. */
function interned(database: DatabaseSync): (text: string) => number {
  const find = database.prepare('SELECT id FROM word WHERE text = ?');
  const insert = database.prepare('INSERT INTO word (text) VALUES (?)');
  return (text) => Number(find.get(text)?.['id'] ?? insert.run(text).lastInsertRowid);
}

/** Numbers of people; the newest user name counts. */
function personOf(database: DatabaseSync): (caller: UsageCount['caller']) => number {
  const find = database.prepare('SELECT id, username FROM person WHERE issuer = ? AND subject = ?');
  const insert = database.prepare('INSERT INTO person (issuer, subject, username) VALUES (?, ?, ?)');
  const rename = database.prepare('UPDATE person SET username = ? WHERE id = ?');
  return ({ issuer, subject, username }) => {
    const found = find.get(issuer, subject);
    if (found === undefined) return Number(insert.run(issuer, subject, username).lastInsertRowid);
    const id = Number(found['id']);
    if (found['username'] !== username) rename.run(username, id);
    return id;
  };
}
