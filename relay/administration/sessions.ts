import { AccessError } from '../../shared/errors.ts';
import { readReason } from '../acts/operator.ts';
import type { Config } from '../config/config-schema.ts';
import { findSessions, type SessionFilter, type ShownSession, shownSession } from '../sessions/find-sessions.ts';
import { newLock, signInEndLifetimeMs } from '../sessions/lock.ts';
import type { SessionRecord } from '../sessions/session-record.ts';
import { type ActBy, outcomeOf } from './locks.ts';
import { openLocks, type OpenedLocks } from './open-locks.ts';
import type { ActOutcome, StatePlace } from './state-place.ts';

/** Which sessions, of the APIs that a config has. */
export interface SessionQuery {
  readonly apis: Config['apis'];
  readonly filter: SessionFilter;
}

/**
 * Sessions that fit, last used first; with `all` those that were ended, too.
 * @throws AccessError `bad-input` for a name that no session has, `shared-state-unavailable`
 */
export async function listSessions(
  place: StatePlace,
  { apis, filter, all }: SessionQuery & { readonly all: boolean },
  nowMs: number,
): Promise<readonly ShownSession[]> {
  requireApi(apis, filter);
  const opened = await openLocks(place);
  try {
    const shown = await shownBy(opened, await found(opened, filter), nowMs);
    return shown.filter(({ ended }) => all || ended === null);
  } finally {
    await opened.close();
  }
}

/**
 * Ends the sessions that fit: their tunnels close within a second or two, at all relays, and their tokens count nowhere any
 * more. @throws AccessError as {@link listSessions}, `bad-input` also when nothing is named
 */
export async function endSessions(
  place: StatePlace,
  { apis, filter }: SessionQuery,
  { author, reason: given }: ActBy,
  nowMs: number,
): Promise<ActOutcome & { readonly ended: readonly ShownSession[] }> {
  requireApi(apis, filter);
  const opened = await openLocks(place);
  try {
    const sessions = await found(opened, filter);
    if (Object.keys(filter).length === 0)
      throw new AccessError('bad-input', 'Say which sessions are to end: --session, --person, --device, …');
    const reason = readReason(given);
    const untilMs = nowMs + signInEndLifetimeMs;
    const open = (await shownBy(opened, sessions, nowMs)).filter(({ ended }) => ended === null);
    const ends = open.map(({ id }) =>
      newLock({ type: 'sign-in', session: id, endedBy: 'administrator' }, { reason, author, untilMs }, nowMs),
    );
    await opened.store.add(ends, 'session-ended');
    const wereOpen = new Set(open.map(({ id }) => id));
    const ended = (await shownBy(opened, sessions, nowMs)).filter(({ id }) => wereOpen.has(id));
    const outcome = await outcomeOf(
      opened,
      ends.map(({ id }) => id),
    );
    return { ended, ...outcome };
  } finally {
    await opened.close();
  }
}

function requireApi(apis: Config['apis'], { api }: SessionFilter): void {
  if (api === undefined || apis.some(({ id }) => id === api)) return;
  const known = apis.map(({ id }) => id).join(', ');
  throw new AccessError('bad-input', `There is no API “${api}” in the configuration. APIs: ${known}.`);
}

async function found(opened: OpenedLocks, filter: SessionFilter): Promise<readonly SessionRecord[]> {
  await opened.exchange();
  return findSessions(await opened.sessions(), filter);
}

async function shownBy(
  { store }: OpenedLocks,
  sessions: readonly SessionRecord[],
  nowMs: number,
): Promise<readonly ShownSession[]> {
  const locks = await store.list();
  return sessions.map((session) => shownSession(session, locks, nowMs));
}
