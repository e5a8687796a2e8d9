import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { auditFiles } from '../audit/audit-files.ts';
import { openStorageKeys, type StorageKeys } from '../audit/keys/storage-keys.ts';
import { dayMs } from '../audit/retention/day-segments.ts';
import { revocationLifetimeMs } from '../identity/revocations.ts';
import type { PersonToErase } from './erased-person.ts';
import { eraseFromGrants } from './erase-from-grants.ts';
import { eraseFromStorage, namesOfOthers } from './erase-from-storage.ts';
import { eraseFromUsage } from './erase-from-usage.ts';
import { eraseRevocations, eraseSessions } from './erase-sign-ins.ts';
import { untilNoticedMs } from './until-noticed.ts';
import type { ForgettingData } from './share-keys.ts';

const statementMs = 10_000;
/** After a failure, such as a PostgreSQL that is away, it waits so many times as long. */
const slowerAfterFailure = 5;
const daysEveryMs = 60_000;

async function run({ everyMs, ...data }: ForgettingData): Promise<void> {
  for (;;) {
    let keys: StorageKeys | undefined;
    try {
      keys = await openStorageKeys({ ...data, path: auditFiles(data.dataDir).keys, statementMs });
      await exchange(keys, data, everyMs);
    } catch (error) {
      parentPort?.postMessage(error instanceof Error ? error.message || String(error) : String(error));
    }
    await keys?.close();
    await sleep(everyMs * slowerAfterFailure);
  }
}

async function exchange(
  keys: StorageKeys,
  { dataDir, refusedDays }: Omit<ForgettingData, 'everyMs'>,
  everyMs: number,
): Promise<never> {
  let daysDueMs = 0;
  for (;;) {
    for (const { number, alias, timeMs, ...who } of await keys.exchange()) {
      const others = await namesOfOthers(keys.sql, who);
      const ownNames = who.names.filter((name) => !others.has(name));
      const person = { ...who, ownNames, alias: `erased-${alias}` };
      // What counts records may have read some with the key just now, and writes their counts first.
      await sleep(untilNoticedMs);
      eraseFromFolder(dataDir, person, timeMs);
      await eraseFromStorage(keys.sql, person, Date.now(), timeMs);
      await keys.didErase(number);
    }
    if (refusedDays !== undefined && performance.now() >= daysDueMs) {
      await keys.dropDaysBefore(Math.floor(Date.now() / dayMs) - refusedDays + 1);
      daysDueMs = performance.now() + daysEveryMs;
    }
    await sleep(everyMs);
  }
}

/**
 * What stands in this folder alone: habits, findings, and what is left of before there was a storage.
 * @param beforeMs leaves alone what is newer, of somebody who came back
 */
function eraseFromFolder(dataDir: string, person: PersonToErase, beforeMs: number): void {
  const nowMs = Date.now();
  eraseFromUsage(dataDir, person, beforeMs);
  eraseSessions(dataDir, person, nowMs, beforeMs);
  eraseFromGrants(dataDir, person, beforeMs);
  eraseRevocations(dataDir, person, { nowMs, lifetimeMs: revocationLifetimeMs, beforeMs });
}

void run(workerData as ForgettingData);
