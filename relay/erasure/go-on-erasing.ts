import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { openKeyDatabaseForReading } from '../audit/keys/key-database.ts';
import { openRequests } from './erase-from-grants.ts';
import { stillInForce } from './erase-sign-ins.ts';
import { openKeyEraser } from './key-eraser.ts';
import { takeOutOfFolder } from './take-out-of-folder.ts';

/** Erasures that were broken off, by what their people are called now. */
export interface WentOn {
  readonly finished: readonly string[];
  /** Those whose person has come back meanwhile, and is at work: later. */
  readonly waiting: readonly string[];
}

/**
 * Ends what erasures began that were broken off, by a kill for one: their keys are thrown away and recorded, and the rest of
 * the data folder may still have the person. For one process of a relay, and safe beside an erasure that is under way.
 */
export async function goOnErasing(dataDir: string, nowMs: number): Promise<WentOn> {
  const path = auditFiles(dataDir).keys;
  if (!existsSync(path)) return { finished: [], waiting: [] };
  const eraser = openKeyEraser(path);
  try {
    const finished: string[] = [];
    const waiting: string[] = [];
    for (const person of eraser.underWay()) {
      const isAtWork = stillInForce(dataDir, person, nowMs).tunnels > 0 || openRequests(dataDir, person).length > 0;
      if (isAtWork) waiting.push(person.alias);
      else {
        await takeOutOfFolder(dataDir, person, nowMs);
        eraser.didTakeOut(person);
        finished.push(person.alias);
      }
    }
    if (finished.length > 0) eraser.overwrite();
    return { finished, waiting };
  } finally {
    eraser.close();
  }
}

/**
 * What people are called now whose erasure hasn’t come to its end; changes nothing. @param waitMs for whoever is writing
 * @throws AccessError `audit-unavailable` when that can’t be read, `bad-config` when a newer relay has made it
 */
export function erasuresUnderWay(dataDir: string, waitMs?: number): readonly string[] {
  const path = auditFiles(dataDir).keys;
  if (!existsSync(path)) return [];
  try {
    const database = openKeyDatabaseForReading(path, waitMs);
    try {
      const isKnown = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'erasure_under_way'`).get();
      // A relay of before hasn’t got the table.
      if (isKnown === undefined) return [];
      return database
        .prepare('SELECT alias FROM erasure_under_way ORDER BY begun_ms')
        .all()
        .map(({ alias }) => String(alias));
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof AccessError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AccessError('audit-unavailable', `${basename(path)} can’t be read: ${why}.`, { cause: error });
  }
}
