import { actorNamesOf } from '../audit/admin-caller.ts';
import { namesIn } from '../audit/personal-fields.ts';
import { personHash, personKey } from '../identity/person-key.ts';
import { revocationLifetimeMs } from '../identity/revocations.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { idOf } from '../reports/postgres-usage-tables.ts';
import { isInForce, type Lock } from '../sessions/lock.ts';
import { openTunnels, parseSession, type SessionRecord } from '../sessions/session-record.ts';
import { parseLock } from '../sessions/lock-store.ts';
import type { Sql } from '../storage/postgres/postgres-client.ts';
import { isAbout, lockAfterErasure, placesOf, sessionAfterErasure } from './erase-from-locks.ts';
import { erasedText } from '../audit/erased-text.ts';
import { actorAfterErasure, clocksDifferMs, type PersonToErase } from './erased-person.ts';
import { jsonIn } from '../storage/postgres/json-in.ts';

type Who = Pick<PersonToErase, 'issuer' | 'subject' | 'names' | 'ownNames'>;

const hourMs = 3_600_000;

/** What of a person is in use at the relays, so that erasing it would undo itself or let the person in. */
export async function inForceInStorage(
  sql: Sql,
  person: Who,
  nowMs: number,
): Promise<{ readonly tunnels: number; readonly requests: readonly string[]; readonly locks: readonly string[] }> {
  const hash = personHash(person);
  const sessions = await sessionsOf(sql, person);
  const own = placesOf(sessions);
  const requests = await sql.query(
    `SELECT id FROM access_request WHERE person = $1 AND status IN ('pending', 'approved')
     AND (expires_at_ms IS NULL OR expires_at_ms > $2)`,
    [hash, nowMs],
  );
  const staying = (lock: Lock): boolean =>
    lock.target.type !== 'sign-in' && isInForce(lock, nowMs) && isAbout(lock, person, own);
  return {
    tunnels: sessions.reduce((sum, session) => sum + openTunnels(session, nowMs), 0),
    requests: requests.rows.map((row) => String(row['id'])),
    locks: (await locksIn(sql)).filter(staying).map(({ id }) => id),
  };
}

/**
 * Takes a person out of what relays keep together besides the audit: counts, and what the person did to others, stay, under
 * the alias; sessions and what is over go. Everything is as before for who is called by the alias already, so that it can be said again.
 * @param beforeMs leaves alone what is newer, of somebody who came back: sessions by their begin and last use, habits by
 * their begin, counts by the hour
 */
export async function eraseFromStorage(
  sql: Sql,
  person: PersonToErase,
  nowMs: number,
  beforeMs: number = Number.MAX_SAFE_INTEGER,
): Promise<{
  readonly sessions: number;
  readonly requests: number;
  readonly usageRows: number;
  readonly revocationUntilMs: number | null;
}> {
  await sql.query('BEGIN');
  try {
    await renameInLocks(sql, person, nowMs, beforeMs);
    await renameInSessions(sql, person, beforeMs);
    const sessions = await sql.query(
      `DELETE FROM session WHERE person = $1 AND (${jsonIn('content')} ->> 'sinceMs')::numeric < $2
         AND (${jsonIn('content')} ->> 'lastUsedAtMs')::numeric < $3`,
      [personHash(person), beforeMs, beforeMs + clocksDifferMs],
    );
    const requests = await renameInGrants(sql, person, beforeMs);
    const usageRows = await renameInUsage(sql, person, Math.floor(beforeMs / hourMs));
    const anomalies = await forgetHabits(sql, person, beforeMs);
    await sql.query(
      `DELETE FROM act WHERE recorded AND ${jsonIn('record')} -> 'person' ->> 'issuer' = $1
         AND ${jsonIn('record')} -> 'person' ->> 'subject' = $2 AND (${jsonIn('record')} ->> 'timeMs')::numeric <= $3`,
      [person.issuer, person.subject, beforeMs],
    );
    const revocationUntilMs = await forgetRevocation(sql, person, nowMs);
    await sql.query('COMMIT');
    return { sessions: sessions.rowCount ?? 0, requests, usageRows: usageRows + anomalies, revocationUntilMs };
  } catch (error) {
    await sql.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Which of a person’s names somebody else has, too. */
export async function namesOfOthers(
  sql: Sql,
  { issuer, subject, names }: Omit<Who, 'ownNames'>,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query(
    `SELECT DISTINCT name FROM audit_key_name JOIN audit_key USING (id)
     WHERE name = ANY($1) AND (issuer <> $2 OR subject <> $3)`,
    [names, issuer, subject],
  );
  return new Set(rows.map((row) => String(row['name'])));
}

async function sessionsOf(sql: Sql, person: Who): Promise<readonly SessionRecord[]> {
  const { rows } = await sql.query('SELECT content FROM session WHERE person = $1', [personHash(person)]);
  return rows.map((row) => parseSession(String(row['content']))).filter((session) => session !== null);
}

async function locksIn(sql: Sql, suffix: '' | 'ORDER BY id FOR UPDATE' = ''): Promise<readonly Lock[]> {
  const { rows } = await sql.query(`SELECT content FROM lock ${suffix}`);
  return rows.map((row) => parseLock(String(row['content']))).filter((lock) => lock !== null);
}

async function renameInLocks(sql: Sql, person: PersonToErase, nowMs: number, beforeMs: number): Promise<void> {
  const own = placesOf(await sessionsOf(sql, person));
  // One that somebody takes away at this moment isn’t overwritten with what it was.
  for (const lock of await locksIn(sql, 'ORDER BY id FOR UPDATE')) {
    if (lock.createdAtMs > beforeMs) continue;
    const left = lockAfterErasure(lock, person, own, nowMs);
    if (left === null) await sql.query('DELETE FROM lock WHERE id = $1', [lock.id]);
    else if (JSON.stringify(left) !== JSON.stringify(lock))
      await sql.query('UPDATE lock SET content = $2 WHERE id = $1', [lock.id, JSON.stringify(left)]);
  }
}

/** Those that the person ended as somebody who runs the relay. */
async function renameInSessions(sql: Sql, person: PersonToErase, beforeMs: number): Promise<void> {
  const { rows } = await sql.query(
    `SELECT content FROM session WHERE content LIKE '%"revoked":%' AND ${jsonIn('content')} #>> '{revoked,by}' = ANY($1) FOR UPDATE`,
    [person.ownNames.flatMap(actorNamesOf)],
  );
  for (const row of rows) {
    const session = parseSession(String(row['content']));
    if (session?.revoked === undefined || session.revoked.atMs > beforeMs) continue;
    const content = JSON.stringify(sessionAfterErasure(session, person));
    await sql.query('UPDATE session SET content = $2 WHERE id = $1', [session.id, content]);
  }
}

async function renameInGrants(sql: Sql, person: PersonToErase, beforeMs: number): Promise<number> {
  const { alias, ownNames } = person;
  const { rows } = await sql.query(
    `SELECT id, person, content FROM access_request
     WHERE requested_at_ms < $3 AND (person = $1 OR ${jsonIn('content')} ->> 'decidedBy' = ANY($2)) FOR UPDATE`,
    [personHash(person), ownNames.flatMap(actorNamesOf), beforeMs],
  );
  const renamed = calledByAlias(alias);
  let count = 0;
  for (const row of rows) {
    const request = JSON.parse(String(row['content'])) as AccessRequest;
    const isTheirs = row['person'] === personHash(person);
    if (isTheirs) count += 1;
    const { had: _had, ...plain } = request;
    const note = request.note === undefined ? {} : { note: erasedText };
    const changed: AccessRequest = {
      ...(isTheirs ? { ...plain, ...note, requester: renamed, reason: erasedText } : request),
      decidedBy: request.decidedBy === null ? null : actorAfterErasure(request.decidedBy, person),
    };
    await sql.query('UPDATE access_request SET person = $2, content = $3 WHERE id = $1', [
      row['id'],
      isTheirs ? personHash(renamed) : row['person'],
      JSON.stringify(changed),
    ]);
  }
  return count;
}

async function renameInUsage(sql: Sql, person: PersonToErase, lastHour: number): Promise<number> {
  const { issuer, subject, names, alias } = person;
  const [from, to] = [idOf(issuer, subject), idOf('', alias)];
  await sql.query(`INSERT INTO usage_person VALUES ($1, '', $2, $2) ON CONFLICT DO NOTHING`, [to, alias]);
  const counts = await sql.query(
    `INSERT INTO usage_count (relay, hour, person, groups, api, rule, allowed, requests)
     SELECT relay, hour, $2, groups, api, rule, allowed, requests FROM usage_count WHERE person = $1 AND hour <= $3
     ON CONFLICT (hour, relay, person, groups, api, rule, allowed)
       DO UPDATE SET requests = usage_count.requests + excluded.requests`,
    [from, to, lastHour],
  );
  await renameInDenials(sql, { from, to, lastHour }, names);
  for (const table of ['usage_count', 'usage_denial'])
    await sql.query(`DELETE FROM ${table} WHERE person = $1 AND hour <= $2`, [from, lastHour]);
  await sql.query(
    `DELETE FROM usage_person WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM usage_count WHERE person = $1)
       AND NOT EXISTS (SELECT 1 FROM usage_denial WHERE person = $1)`,
    [from],
  );
  const grants = await sql.query(
    `UPDATE usage_grant SET username = $1 WHERE username = ANY($2) AND hour <= $5 AND NOT EXISTS (
       SELECT 1 FROM access_request WHERE access_request.id = usage_grant.id AND person <> $3 AND person <> $4
     )`,
    [alias, names, personHash(person), personHash(calledByAlias(alias)), lastHour],
  );
  return (counts.rowCount ?? 0) + (grants.rowCount ?? 0);
}

/** What the search for anomalies knows of the person, and what it found about them. */
async function forgetHabits(sql: Sql, person: PersonToErase, beforeMs: number): Promise<number> {
  const seen = await sql.query('DELETE FROM anomaly_seen WHERE person = $1 AND first_ms < $2', [
    JSON.stringify(personKey(person)),
    beforeMs,
  ]);
  const found = await sql.query(
    `DELETE FROM anomaly_finding WHERE time_ms < $3 AND ${jsonIn('record')} -> 'person' ->> 'issuer' = $1
       AND ${jsonIn('record')} -> 'person' ->> 'subject' = $2`,
    [person.issuer, person.subject, beforeMs],
  );
  return (seen.rowCount ?? 0) + (found.rowCount ?? 0);
}

function calledByAlias(alias: string): AccessRequest['requester'] {
  return { issuer: '', subject: alias, username: alias };
}

/** Paths that name the person are emptied. */
async function renameInDenials(
  sql: Sql,
  { from, to, lastHour }: { readonly from: string; readonly to: string; readonly lastHour: number },
  names: readonly string[],
): Promise<void> {
  const isNamedIn = namesIn(names);
  const nothing = idOf('');
  await sql.query(`INSERT INTO usage_word VALUES ($1, '') ON CONFLICT DO NOTHING`, [nothing]);
  const { rows } = await sql.query(
    `SELECT usage_denial.*, text FROM usage_denial LEFT JOIN usage_word ON usage_word.id = shape
     WHERE person = $1 AND hour <= $2`,
    [from, lastHour],
  );
  const emptied: unknown[] = [];
  for (const row of rows) {
    const isNaming = isNamedIn(String(row['text']));
    if (isNaming) emptied.push(row['shape']);
    await sql.query(
      `INSERT INTO usage_denial (relay, hour, person, groups, api, rule, method, shape, path, requests)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (hour, relay, person, api, groups, rule, method, shape)
         DO UPDATE SET requests = usage_denial.requests + excluded.requests`,
      [
        ...['relay', 'hour'].map((column) => row[column]),
        to,
        ...['groups', 'api', 'rule', 'method'].map((column) => row[column]),
        isNaming ? nothing : row['shape'],
        isNamedIn(String(row['path'])) ? '' : row['path'],
        row['requests'],
      ],
    );
  }
  await sql.query(
    `DELETE FROM usage_word WHERE id = ANY($1) AND NOT EXISTS (SELECT 1 FROM usage_denial WHERE shape = id AND person <> $2)`,
    [emptied, from],
  );
}

/** Forgets a revocation that counts no longer; until when one that does count stays. */
async function forgetRevocation(sql: Sql, { issuer, subject }: Who, nowMs: number): Promise<number | null> {
  const name = JSON.stringify(JSON.stringify(['subject', issuer, subject]));
  await sql.query('DELETE FROM revocation WHERE name = $1 AND at_ms <= $2', [name, nowMs - revocationLifetimeMs]);
  const { rows } = await sql.query('SELECT at_ms FROM revocation WHERE name = $1', [name]);
  return rows[0] === undefined ? null : Number(rows[0]['at_ms']) + revocationLifetimeMs;
}
