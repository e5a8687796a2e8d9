import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { revocationFile, revocationSteps } from '../identity/stored-revocations.ts';
import { isInForce, type Lock } from '../sessions/lock.ts';
import { parseLock } from '../sessions/lock-store.ts';
import { openSessionDatabase, sessionFile } from '../sessions/session-database.ts';
import { openTunnels, parseSession, type SessionRecord } from '../sessions/session-record.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import { overwriteDeleted } from '../storage/overwrite-deleted.ts';
import { isAbout, lockAfterErasure, placesOf, sessionAfterErasure } from './erase-from-locks.ts';
import { clocksDifferMs, type PersonToErase } from './erased-person.ts';

type Who = Pick<PersonToErase, 'issuer' | 'subject' | 'names' | 'ownNames'>;

/** What of a person is in use, so that erasing it would undo itself or let the person in. */
export interface StillInForce {
  readonly tunnels: number;
  readonly locks: readonly Lock[];
}

/** Sessions of the data folder that are open now, and locks on the person, their sessions and devices. */
export function stillInForce(dataDir: string, person: Who, nowMs: number): StillInForce {
  if (!existsSync(join(dataDir, sessionFile))) return { tunnels: 0, locks: [] };
  const database = openSessionDatabase(dataDir);
  try {
    const sessions = sessionsOf(database, person);
    const tunnels = sessions.reduce((sum, session) => sum + openTunnels(session, nowMs), 0);
    const own = placesOf(sessions);
    const staying = (lock: Lock): boolean =>
      lock.target.type !== 'sign-in' && isInForce(lock, nowMs) && isAbout(lock, person, own);
    return { tunnels, locks: locksIn(database).filter(staying) };
  } finally {
    database.close();
  }
}

/**
 * Forgets a person's sessions, and locks on them that are over. Those in force stay; what the person did to others is called
 * by the alias.
 * @param beforeMs leaves alone what is newer: sessions by their begin and last use
 */
export function eraseSessions(
  dataDir: string,
  person: PersonToErase,
  nowMs: number,
  beforeMs = Number.MAX_SAFE_INTEGER,
): { readonly sessions: number; readonly isOverwritten: boolean } {
  if (!existsSync(join(dataDir, sessionFile))) return { sessions: 0, isOverwritten: true };
  const database = openSessionDatabase(dataDir);
  try {
    database.exec('PRAGMA secure_delete = ON');
    const sessions = inTransaction(database, () => {
      const own = placesOf(sessionsOf(database, person));
      for (const lock of locksIn(database)) {
        if (lock.createdAtMs > beforeMs) continue;
        const left = lockAfterErasure(lock, person, own, nowMs);
        if (left === null) database.prepare('DELETE FROM lock WHERE id = ?').run(lock.id);
        else database.prepare('UPDATE lock SET content = ? WHERE id = ?').run(JSON.stringify(left), lock.id);
      }
      renameInSessions(database, person, beforeMs);
      return Number(
        database
          .prepare(
            `DELETE FROM session WHERE issuer = ? AND subject = ? AND content ->> '$.sinceMs' <= ? AND last_used_at_ms <= ?`,
          )
          .run(person.issuer, person.subject, beforeMs, beforeMs + clocksDifferMs).changes,
      );
    });
    return { sessions, isOverwritten: overwriteDeleted(database) };
  } finally {
    database.close();
  }
}

/**
 * Forgets records of acts about the person that are in the audit, and revocations that count no longer. Answers until
 * when one that does count stays; null for none. Acts after `beforeMs` are left alone.
 */
export function eraseRevocations(
  dataDir: string,
  { issuer, subject }: Who,
  times: { readonly nowMs: number; readonly lifetimeMs: number; readonly beforeMs?: number | undefined },
): { readonly staysUntilMs: number | null; readonly isOverwritten: boolean } {
  const { nowMs, lifetimeMs, beforeMs = Number.MAX_SAFE_INTEGER } = times;
  if (!existsSync(join(dataDir, revocationFile))) return { staysUntilMs: null, isOverwritten: true };
  const database = openMigratedDatabase(dataDir, revocationFile, revocationSteps);
  try {
    database.exec('PRAGMA secure_delete = ON');
    database.prepare('DELETE FROM mark WHERE at_ms <= ?').run(nowMs - lifetimeMs);
    database
      .prepare(
        `DELETE FROM act WHERE recorded = 1 AND time_ms <= ? AND record ->> '$.person.issuer' = ?
           AND record ->> '$.person.subject' = ?`,
      )
      .run(beforeMs, issuer, subject);
    const name = JSON.stringify(['subject', issuer, subject]);
    const mark = database.prepare('SELECT at_ms FROM mark WHERE name = ?').get(name);
    const staysUntilMs = mark === undefined ? null : Number(mark['at_ms']) + lifetimeMs;
    return { staysUntilMs, isOverwritten: overwriteDeleted(database) };
  } finally {
    database.close();
  }
}

function sessionsOf(database: DatabaseSync, { issuer, subject }: Who): readonly SessionRecord[] {
  return database
    .prepare('SELECT content FROM session WHERE issuer = ? AND subject = ?')
    .all(issuer, subject)
    .map((row) => parseSession(String(row['content'])))
    .filter((session) => session !== null);
}

/** Those that the person ended as somebody who runs the relay. */
function renameInSessions(database: DatabaseSync, person: PersonToErase, beforeMs: number): void {
  const put = database.prepare('UPDATE session SET content = ? WHERE id = ?');
  for (const row of database.prepare(`SELECT content FROM session WHERE content LIKE '%"revoked":%'`).all()) {
    const session = parseSession(String(row['content']));
    if (session?.revoked === undefined || session.revoked.atMs > beforeMs) continue;
    put.run(JSON.stringify(sessionAfterErasure(session, person)), session.id);
  }
}

function locksIn(database: DatabaseSync): readonly Lock[] {
  return database
    .prepare('SELECT content FROM lock')
    .all()
    .map((row) => parseLock(String(row['content'])))
    .filter((lock) => lock !== null);
}
