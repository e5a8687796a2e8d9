import { AccessError } from '../../shared/errors.ts';
import type { GrantStore } from '../grants/grant-store.ts';
import { lockedNote } from '../grants/own-notes.ts';
import type { Lock } from './lock.ts';
import type { Grants } from '../grants/grants.ts';
import type { Locks } from './start-locks.ts';
import type { Logger } from 'pino';
import { isOnPerson } from './locks-in-force.ts';

/** Ends the grants of people who are locked, so that none comes back when the lock ends; how many there were. */
export async function endLockedGrants(store: GrantStore, locks: readonly Lock[], nowMs: number): Promise<number> {
  const onPeople = locks.filter(({ target }) => target.type === 'person');
  if (onPeople.length === 0) return 0;
  let ended = 0;
  for (const { id, requester } of await store.list({ status: 'approved' })) {
    const lock = onPeople.find(({ target }) => isOnPerson(target, requester));
    if (lock === undefined) continue;
    try {
      await store.revoke(id, lock.author, lockedNote(lock.reason), nowMs);
      ended += 1;
    } catch (error) {
      // Another process of this relay, or another relay, was faster.
      if (!(error instanceof AccessError && error.code === 'bad-input')) throw error;
    }
  }
  return ended;
}

const lookEveryMs = 5000;

/** Ends grants of locked people as locks come, and those that are approved later, until it is closed. */
export function keepEndingLockedGrants(
  grants: Pick<Grants, 'store' | 'refresh'>,
  locks: Pick<Locks, 'all'>,
  log: Logger,
): { now(): void; close(): void } {
  const look = async (): Promise<void> => {
    if ((await endLockedGrants(grants.store, locks.all, Date.now())) > 0) await grants.refresh();
  };
  const now = (): void => {
    look().catch((error: unknown) => log.warn({ err: error }, 'grants of locked people can’t be ended now'));
  };
  const timer = setInterval(now, lookEveryMs).unref();
  now();
  return { now, close: () => clearInterval(timer) };
}
