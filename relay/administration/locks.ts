import { AccessError } from '../../shared/errors.ts';
import { readReason } from '../acts/operator.ts';
import type { Person } from '../identity/person-key.ts';
import { isInForce, type Lock, type LockTarget, newLock } from '../sessions/lock.ts';
import type { Page } from '../sessions/search-sessions.ts';
import { pageIn } from './page-in.ts';
import { openLocks, type OpenedLocks } from './open-locks.ts';
import type { ActOutcome, StatePlace } from './state-place.ts';

/** Who acts, and why. */
export interface ActBy {
  readonly author: string;
  /** Of the provider’s people; left out for a user of the relay’s machine. */
  readonly person?: Person | null;
  readonly reason: string;
}

/** A lock that was put in force or taken away, and what became of that. */
export interface LockOutcome extends ActOutcome {
  readonly lock: Lock;
}

/** Locks in force, oldest first; with `all` those that are over, too. @throws AccessError `shared-state-unavailable` */
export async function listLocks(place: StatePlace, { all }: { all: boolean }, nowMs: number): Promise<readonly Lock[]> {
  const opened = await openLocks(place);
  try {
    await opened.exchange();
    const locks = await opened.store.list();
    return locks.filter((lock) => lock.target.type !== 'sign-in' && (all || isInForce(lock, nowMs))).map(shown);
  } finally {
    await opened.close();
  }
}

/** A page of {@link listLocks}. @throws AccessError as it does, `bad-input` for a wrong cursor */
export async function pageOfLocks(
  place: StatePlace,
  { all, cursor, limit }: { readonly all: boolean; readonly cursor?: string; readonly limit: number },
  nowMs: number,
): Promise<Page<Lock>> {
  const order = ({ createdAtMs }: Lock): number => Math.round(createdAtMs);
  const listed = (await listLocks(place, { all }, nowMs)).toSorted(
    (one, other) => order(one) - order(other) || (one.id < other.id ? -1 : 1),
  );
  return pageIn(listed, cursor ?? null, limit, (lock) => ({ atMs: order(lock), names: [lock.id] }));
}

/**
 * Locks; once only under a given `id`. A running relay has it in force within a second and puts it into the audit; otherwise it does at its next start.
 * @throws AccessError `bad-input`, or `shared-state-unavailable` when the storage can't be reached
 */
export function addLock(
  place: StatePlace,
  target: LockTarget,
  { author, reason: given, untilMs, id }: ActBy & { readonly untilMs: number | null; readonly id?: string },
  nowMs: number,
): Promise<LockOutcome> {
  return act(place, async ({ store }) => {
    const known = id === undefined ? undefined : (await store.list()).find((lock) => lock.id === id);
    if (known !== undefined) return known;
    if (untilMs !== null && untilMs <= nowMs)
      throw new AccessError('bad-input', 'A lock can’t have ended before it begins: its end must be later than now.');
    const made = newLock(target, { reason: readReason(given), author, untilMs }, nowMs);
    const lock = id === undefined ? made : { ...made, id };
    await store.add([lock], 'lock-added');
    return lock;
  });
}

/** Takes a lock away. @throws AccessError as {@link addLock}, also `bad-input` when there is no such lock */
export function removeLock(
  place: StatePlace,
  id: string,
  { author, reason }: ActBy,
  nowMs: number,
): Promise<LockOutcome> {
  return act(place, async (opened) => {
    await opened.exchange().catch(() => undefined);
    return opened.store.remove(id, author, readReason(reason), nowMs);
  });
}

/** Without what only the storage has to know. */
function shown({ ofErased: _ofErased, ...lock }: Lock): Lock {
  return lock;
}

async function act(place: StatePlace, work: (opened: OpenedLocks) => Promise<Lock>): Promise<LockOutcome> {
  const opened = await openLocks(place);
  try {
    const lock = await work(opened);
    return { lock: shown(lock), ...(await outcomeOf(opened, [lock.id])) };
  } finally {
    await opened.close();
  }
}

/** Waits for the records of locks, and tells the other relays. What is in the folder counts for this relay already. */
export async function outcomeOf(opened: OpenedLocks, locks: readonly string[]): Promise<ActOutcome> {
  const isRecorded = await opened.untilRecorded(locks);
  try {
    await opened.exchange();
    return { isRecorded, untold: null };
  } catch (error) {
    if (!(error instanceof AccessError) || error.code !== 'shared-state-unavailable') throw error;
    return { isRecorded, untold: error };
  }
}
