import { AccessError } from '../../../shared/errors.ts';
import { type OwnSession, sessionsPath } from '../../../shared/own-session.ts';
import { shownText } from '../../../shared/shown-text.ts';
import type { Identity } from '../../identity/identity.ts';
import { newLock, signInEndLifetimeMs } from '../../sessions/lock.ts';
import { sessionIdOf } from '../../sessions/session-identity.ts';
import { earlyEnd } from '../../sessions/find-sessions.ts';
import { isOnNewDevice } from '../../sessions/new-device.ts';
import { openTunnels, type SessionRecord } from '../../sessions/session-record.ts';
import type { Locks } from '../../sessions/start-locks.ts';
import type { SessionTracker } from '../../sessions/track-sessions.ts';
import { sendJson } from '../send-json.ts';
import type { Route } from './route.ts';

export interface SessionRoutesOptions {
  readonly sessions: Pick<SessionTracker, 'list'>;
  readonly locks: Pick<Locks, 'all' | 'end'>;
  readonly now?: () => number;
}

/**
 * A person's own sessions: `GET` lists those that go on, `DELETE …/:id` ends one, `DELETE` ends all but the one that asks.
 * Another person's session answers as one that doesn't exist.
 */
export function createSessionRoutes({ sessions, locks, now = Date.now }: SessionRoutesOptions): readonly Route[] {
  async function ofCaller(identity: Identity): Promise<readonly SessionRecord[]> {
    const { issuer, subject } = identity;
    const own = await sessions.list({ issuer, subject });
    return own.filter(goesOn);
  }

  function goesOn(session: SessionRecord): boolean {
    return earlyEnd(session, locks.all, now()) === null;
  }

  /** @param own all of the person's sessions, the one that asks among them */
  async function end(
    identity: Identity,
    own: readonly SessionRecord[],
    ended: readonly SessionRecord[],
  ): Promise<object> {
    const { username } = identity;
    const name = shownText(own.find((session) => isCurrent(session, identity))?.device.name ?? '').trim();
    const from = name === '' ? {} : { from: name };
    const reason = name === '' ? 'Ended by the person.' : `Ended by the person on ${name}.`;
    const why = { reason, author: username, untilMs: now() + signInEndLifetimeMs };
    const target = { type: 'sign-in', endedBy: 'person', ...from } as const;
    await locks.end(ended.map(({ id }) => newLock({ ...target, session: id }, why, now())));
    return { ended: ended.map(({ id }) => id) };
  }

  return [
    {
      method: 'GET',
      path: sessionsPath,
      access: 'signed-in',
      answer: async ({ response }, identity) => {
        const { issuer, subject } = identity;
        const all = await sessions.list({ issuer, subject });
        const own = all.filter(goesOn);
        sendJson(response, 200, { sessions: own.map((session) => shown(session, all, identity, now())) });
      },
    },
    {
      method: 'DELETE',
      path: sessionsPath,
      access: 'signed-in',
      answer: async ({ response }, identity) => {
        const own = await ofCaller(identity);
        if (sessionIdOf(identity, null) === null && !own.some((session) => isCurrent(session, identity)))
          throw new AccessError(
            'bad-input',
            'Which of your sessions this is can’t be told. End the others one by one.',
          );
        const others = own.filter((session) => !isCurrent(session, identity));
        sendJson(response, 200, await end(identity, own, others));
      },
    },
    {
      method: 'DELETE',
      path: `${sessionsPath}/:id`,
      access: 'signed-in',
      answer: async ({ response, parameters }, identity) => {
        const own = await ofCaller(identity);
        const meant = own.filter(({ id }) => id === parameters['id']);
        if (meant.length === 0) throw new AccessError('bad-input', `You have no session “${parameters['id']}”.`);
        sendJson(response, 200, await end(identity, own, meant));
      },
    },
  ];
}

/** A key tells its session; elsewhere the newest token of the session does. */
function isCurrent({ id, tokenId }: SessionRecord, identity: Identity): boolean {
  const own = sessionIdOf(identity, null);
  return own === null ? tokenId !== null && tokenId === (identity.tokenId ?? null) : own === id;
}

/** @param all of the person's sessions, those that were ended among them */
function shown(session: SessionRecord, all: readonly SessionRecord[], identity: Identity, nowMs: number): OwnSession {
  const { id, device, sinceMs, lastUsedAtMs, addresses, apis } = session;
  const { name, system, appVersion } = device;
  return {
    id,
    current: isCurrent(session, identity),
    device: { name, system, appVersion },
    sinceMs,
    lastUsedAtMs,
    addresses: lastFirst(addresses),
    apis: lastFirst(apis),
    openTunnels: openTunnels(session, nowMs),
    newDevice: isOnNewDevice(session, all),
  };
}

function lastFirst(times: Readonly<Record<string, number>>): string[] {
  return Object.entries(times)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name]) => name);
}
