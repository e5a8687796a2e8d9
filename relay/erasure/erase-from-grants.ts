import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { actorNamesOf } from '../audit/admin-caller.ts';
import { grantFile, grantSteps } from '../grants/grant-store.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { overwriteDeleted } from '../storage/overwrite-deleted.ts';
import { erasedText } from '../audit/erased-text.ts';
import { actorAfterErasure, type PersonToErase } from './erased-person.ts';

/** Ids of requests of the person that aren't over: they have to be decided or ended first. */
export function openRequests(
  dataDir: string,
  { issuer, subject }: Pick<PersonToErase, 'issuer' | 'subject'>,
): readonly string[] {
  if (!existsSync(join(dataDir, grantFile))) return [];
  const database = openMigratedDatabase(dataDir, grantFile, grantSteps);
  try {
    return database
      .prepare(
        `SELECT id FROM access_request WHERE issuer = ? AND subject = ? AND status IN ('pending', 'approved')
         AND (expires_at_ms IS NULL OR expires_at_ms > ?)`,
      )
      .all(issuer, subject, Date.now())
      .map((row) => String(row['id']));
  } finally {
    database.close();
  }
}

/**
 * Calls the person by the alias in all requests for access, and takes out what people wrote in theirs.
 * @param beforeMs leaves alone what is newer
 */
export function eraseFromGrants(
  dataDir: string,
  { issuer, subject, ownNames, alias }: PersonToErase,
  beforeMs = Number.MAX_SAFE_INTEGER,
): { readonly requests: number; readonly isOverwritten: boolean } {
  if (!existsSync(join(dataDir, grantFile))) return { requests: 0, isOverwritten: true };
  const database = openMigratedDatabase(dataDir, grantFile, grantSteps);
  try {
    database.exec('PRAGMA secure_delete = ON');
    const requests = inTransaction(database, () => {
      const mine = 'SELECT id FROM access_request WHERE issuer = ?1 AND subject = ?2 AND requested_at_ms <= ?3';
      database
        .prepare(`UPDATE access_event SET note = ?4 WHERE note <> '' AND request IN (${mine})`)
        .run(issuer, subject, beforeMs, erasedText);
      for (const name of ownNames.flatMap(actorNamesOf)) {
        const called = actorAfterErasure(name, { ownNames, alias });
        database.prepare('UPDATE access_event SET by = ? WHERE by = ? AND time_ms <= ?').run(called, name, beforeMs);
        database
          .prepare(
            `UPDATE access_request SET decided_by = ?
             WHERE decided_by = ? AND coalesce(decided_at_ms, requested_at_ms) <= ?`,
          )
          .run(called, name, beforeMs);
      }
      return Number(
        database
          .prepare(
            `UPDATE access_request SET issuer = '', subject = ?3, username = ?3, reason = ?4,
               note = CASE WHEN note IS NULL THEN NULL ELSE ?4 END, had = NULL
             WHERE issuer = ?1 AND subject = ?2 AND requested_at_ms <= ?5`,
          )
          .run(issuer, subject, alias, erasedText, beforeMs).changes,
      );
    });
    return { requests, isOverwritten: overwriteDeleted(database) };
  } finally {
    database.close();
  }
}
