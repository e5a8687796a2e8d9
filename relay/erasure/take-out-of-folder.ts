import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditFiles } from '../audit/audit-files.ts';
import { createRevealer } from '../audit/keys/revealer.ts';
import { openForReading } from '../audit/open-audit.ts';
import { openIndex } from '../audit/reading/audit-index.ts';
import { revocationLifetimeMs } from '../identity/revocations.ts';
import { eraseFromGrants } from './erase-from-grants.ts';
import { eraseFromUsage } from './erase-from-usage.ts';
import { eraseRevocations, eraseSessions } from './erase-sign-ins.ts';
import type { PersonToErase } from './erased-person.ts';
import { untilNoticedMs } from './until-noticed.ts';

/** What was taken out, and what is left. */
export interface TakenOut {
  readonly sessions: number;
  readonly requests: number;
  readonly usageRows: number;
  /** Until when a revocation of the person’s sign-ins stays; null for none. */
  readonly staysUntilMs: number | null;
  /** By file, whether nothing of what was deleted is left in it. */
  readonly overwritten: Readonly<Record<string, boolean>>;
}

/**
 * Takes a person whose keys are thrown away out of all else that a data folder keeps. Said again it takes out what is left, so
 * that one that was broken off goes on.
 * @param beforeMs leaves alone what is newer, of somebody who came back; counts go by the hour
 */
export async function takeOutOfFolder(
  dataDir: string,
  person: PersonToErase,
  nowMs: number,
  beforeMs?: number,
): Promise<TakenOut> {
  // What counts records may have read some with the key just now, and writes their counts first.
  await sleep(untilNoticedMs);
  const usage = eraseFromUsage(dataDir, person, beforeMs);
  const sessions = eraseSessions(dataDir, person, nowMs, beforeMs);
  const grants = eraseFromGrants(dataDir, person, beforeMs);
  const revocations = eraseRevocations(dataDir, person, { nowMs, lifetimeMs: revocationLifetimeMs, beforeMs });
  dropFromIndex(dataDir);
  return {
    sessions: sessions.sessions,
    requests: grants.requests,
    usageRows: usage.rows,
    staysUntilMs: revocations.staysUntilMs,
    overwritten: {
      'usage.db': usage.isOverwritten,
      'sessions.sqlite': sessions.isOverwritten,
      'access.sqlite': grants.isOverwritten,
      'revocations.sqlite': revocations.isOverwritten,
    },
  };
}

/** The relay makes the files again from what is left. */
function dropFromIndex(dataDir: string): void {
  // With audit.durable: database there may be none here.
  if (!existsSync(auditFiles(dataDir).database)) return;
  const database = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  try {
    openIndex(dataDir, database, revealer).dropErased();
  } finally {
    revealer.close();
    database.close();
  }
}
