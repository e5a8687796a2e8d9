import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { openKeyDatabaseForReading } from '../audit/keys/key-database.ts';
import { endErasure } from './end-erasure.ts';
import { openRequests } from './erase-from-grants.ts';
import { stillInForce } from './erase-sign-ins.ts';
import { openKeyEraser } from './key-eraser.ts';

/** Erasures that were broken off, by what their people are called now. */
export interface WentOn {
  readonly finished: readonly string[];
  /** Those whose person has come back meanwhile, and is at work: later. */
  readonly waiting: readonly string[];
  /** Those that couldn’t come to their end now, and why. */
  readonly failed: readonly { readonly person: string; readonly why: string }[];
}

/**
 * Ends what erasures began that were broken off, by a kill for one: their keys are thrown away and recorded, and the rest of
 * the data folder may still have the person. For one process of a relay, and safe beside an erasure that is under way.
 * @param where whether people are at work in this folder; with a storage it has only what is left of before
 */
export async function goOnErasing(dataDir: string, nowMs: number, where = { isInFolder: true }): Promise<WentOn> {
  const path = auditFiles(dataDir).keys;
  if (!existsSync(path)) return { finished: [], waiting: [], failed: [] };
  const eraser = openKeyEraser(path);
  try {
    const finished: string[] = [];
    const waiting: string[] = [];
    const failed: { readonly person: string; readonly why: string }[] = [];
    for (const { person, begunMs } of eraser.underWay()) {
      const { alias } = person;
      try {
        const isAtWork =
          where.isInFolder &&
          (stillInForce(dataDir, person, nowMs).tunnels > 0 || openRequests(dataDir, person).length > 0);
        if (isAtWork) {
          waiting.push(alias);
          continue;
        }
        const { notOverwritten } = await endErasure(dataDir, eraser, person, { nowMs, beforeMs: begunMs });
        if (notOverwritten.length === 0) finished.push(alias);
        else failed.push({ person: alias, why: `in use: ${notOverwritten.join(', ')}` });
      } catch (error) {
        // One that fails each time doesn’t keep the others.
        failed.push({ person: alias, why: error instanceof Error ? error.message : String(error) });
      }
    }
    return { finished, waiting, failed };
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
