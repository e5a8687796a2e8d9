import { AccessError } from '../../shared/errors.ts';
import { readReason } from '../acts/operator.ts';
import type { Config } from '../config/config-schema.ts';
import {
  earlyEnd,
  type SessionFilter,
  type ShownSession,
  shownSession,
  singleFilters,
} from '../sessions/find-sessions.ts';
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

/** A page of sessions, and where the next one begins; null at the end. */
export interface SessionPage {
  readonly sessions: readonly ShownSession[];
  readonly next: string | null;
}

/** Which of the sessions are shown: with `all` those that were ended, too. */
export interface ShownSessions extends SessionQuery {
  readonly all: boolean;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

const listedAtOnce = 1000;

/**
 * A page of the sessions that fit, last used first. One that is used meanwhile moves to the front.
 * @throws AccessError `bad-input` for a name that no session has or a wrong cursor, `shared-state-unavailable`
 */
export async function pageOfSessions(
  place: StatePlace,
  { apis, filter, all, cursor, limit }: ShownSessions,
  nowMs: number,
): Promise<SessionPage> {
  requireApi(apis, filter);
  const opened = await openLocks(place);
  try {
    await opened.exchange();
    const locks = await opened.store.list();
    const keep = (session: SessionRecord): boolean => all || earlyEnd(session, locks, nowMs) === null;
    const { items, next } = await opened.sessions.search({ filter, cursor: cursor ?? null, limit, keep });
    if (items.length === 0) await requireKnown(opened, filter);
    return { sessions: items.map((session) => shownSession(session, locks, nowMs)), next };
  } finally {
    await opened.close();
  }
}

/** All sessions that fit, as {@link pageOfSessions}, for who waits for them. @throws AccessError as that */
export async function listSessions(
  place: StatePlace,
  query: SessionQuery & { readonly all: boolean },
  nowMs: number,
): Promise<readonly ShownSession[]> {
  const listed: ShownSession[] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOfSessions(place, { ...query, cursor, limit: listedAtOnce }, nowMs);
    listed.push(...page.sessions);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return listed;
}

/**
 * The sessions that fit and go on, for {@link endThese}. @throws AccessError as {@link pageOfSessions}, `bad-input` also when
 * nothing is named
 */
export async function sessionsToEnd(
  place: StatePlace,
  query: SessionQuery,
  nowMs: number,
): Promise<readonly ShownSession[]> {
  if (Object.keys(query.filter).length === 0)
    throw new AccessError('bad-input', 'Say which sessions are to end: --session, --person, --device, …');
  return listSessions(place, { ...query, all: false }, nowMs);
}

/**
 * Ends these sessions: their tunnels close within a second or two, at all relays, and their tokens count nowhere any more.
 * @throws AccessError `bad-input` without a reason, `shared-state-unavailable`
 */
export async function endThese(
  place: StatePlace,
  sessions: readonly ShownSession[],
  { author, reason: given }: ActBy,
  nowMs: number,
): Promise<ActOutcome & { readonly ended: readonly ShownSession[] }> {
  const reason = readReason(given);
  const opened = await openLocks(place);
  try {
    const untilMs = nowMs + signInEndLifetimeMs;
    const ends = sessions.map(({ id }) =>
      newLock({ type: 'sign-in', session: id, endedBy: 'administrator' }, { reason, author, untilMs }, nowMs),
    );
    await opened.store.add(ends, 'session-ended');
    const ended = sessions.map((session) => ({ ...session, ended: { by: author, reason, atMs: nowMs } }));
    const outcome = await outcomeOf(
      opened,
      ends.map(({ id }) => id),
    );
    return { ended, ...outcome };
  } finally {
    await opened.close();
  }
}

/** {@link sessionsToEnd}, and ends them. */
export async function endSessions(
  place: StatePlace,
  query: SessionQuery,
  by: ActBy,
  nowMs: number,
): Promise<ActOutcome & { readonly ended: readonly ShownSession[] }> {
  const reason = readReason(by.reason);
  return endThese(place, await sessionsToEnd(place, query, nowMs), { ...by, reason }, nowMs);
}

function requireApi(apis: Config['apis'], { api }: SessionFilter): void {
  if (api === undefined || apis.some(({ id }) => id === api)) return;
  const known = apis.map(({ id }) => id).join(', ');
  throw new AccessError('bad-input', `There is no API “${api}” in the configuration. APIs: ${known}.`);
}

/** @throws AccessError `bad-input` for a filter that not one session fits by itself: the name is wrong, or nobody was here */
async function requireKnown({ sessions }: OpenedLocks, filter: SessionFilter): Promise<void> {
  for (const { words, filter: single } of singleFilters(filter)) {
    const { items } = await sessions.search({ filter: single, cursor: null, limit: 1, keep: () => true });
    if (items.length === 0) throw new AccessError('bad-input', `No session ${words}.`);
  }
}
