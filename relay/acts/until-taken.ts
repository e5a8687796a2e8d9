import { setTimeout as sleep } from 'node:timers/promises';
import type { WaitingRecord } from './outbox.ts';
import type { PostgresActs } from './postgres-acts.ts';

const lookEveryMs = 100;
const longestWaitMs = 5000;

/**
 * Waits until one of the relays has put acts into its audit. False when none did in time: they stay in the storage, and the
 * next relay that runs takes them.
 */
export async function untilTaken(
  acts: Pick<PostgresActs, 'waiting'>,
  isOurs: (record: WaitingRecord['record']) => boolean,
  longestMs: number = longestWaitMs,
): Promise<boolean> {
  const endMs = performance.now() + longestMs;
  while ((await acts.waiting()).some(({ record }) => isOurs(record))) {
    if (performance.now() > endMs) return false;
    await sleep(lookEveryMs);
  }
  return true;
}
