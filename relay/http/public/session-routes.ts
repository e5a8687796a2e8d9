import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { maxChosenName } from '../../../shared/chosen-name.ts';
import { reasonedError } from '../../../shared/plain-reason.ts';
import { reason as sentence } from '../../../shared/reason.ts';
import { chosenNameSchema, type OwnSession, sessionsPath } from '../../../shared/own-session.ts';
import { shownText } from '../../../shared/shown-text.ts';
import type { AuditLog } from '../../audit/audit-record.ts';
import { recordFirst } from '../../audit/record-first.ts';
import type { Identity } from '../../identity/identity.ts';
import { newLock, signInEndLifetimeMs } from '../../sessions/lock.ts';
import { sessionIdOf, shownDeviceId } from '../../sessions/session-identity.ts';
import { earlyEnd } from '../../sessions/find-sessions.ts';
import { isOnNewDevice } from '../../sessions/new-device.ts';
import { chosenName, openTunnels, type SessionRecord } from '../../sessions/session-record.ts';
import type { Locks } from '../../sessions/start-locks.ts';
import type { SessionTracker } from '../../sessions/track-sessions.ts';
import { callerAddress } from '../caller-address.ts';
import { readJson } from '../read-json.ts';
import { sendJson } from '../send-json.ts';
import type { Pace } from './hourly-pace.ts';
import { mostNamesAnHour, paceOfNames } from './pace-of-names.ts';
import type { Route } from './route.ts';

const nameSchema = z.strictObject({ name: chosenNameSchema });
const maxBodyBytes = 4096;

export interface SessionRoutesOptions {
  readonly sessions: Pick<SessionTracker, 'list' | 'didRename'>;
  readonly audit: AuditLog;
  readonly locks: Pick<Locks, 'all' | 'end'>;
  /** Where names are counted that a person gives; in this process when left out. */
  readonly pace?: Pace | undefined;
  readonly now?: () => number;
}

/**
 * A person's own sessions: `GET` lists those that go on, `DELETE …/:id` ends one, `DELETE` ends all but the one that asks,
 * `POST …/:id/name` gives the device of one a name. Another person's session answers as one that doesn't exist.
 */
export function createSessionRoutes({
  sessions,
  locks,
  audit,
  pace = paceOfNames(),
  now = Date.now,
}: SessionRoutesOptions): readonly Route[] {
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
    const asking = own.find((session) => isCurrent(session, identity));
    const name = asking === undefined ? '' : nameOf(asking);
    const from = name === '' ? {} : { from: name };
    const reason = name === '' ? 'Ended by the person.' : `Ended by the person on ${name}.`;
    const why = { reason, author: username, untilMs: now() + signInEndLifetimeMs };
    const target = { type: 'sign-in', endedBy: 'person', ...from } as const;
    await locks.end(ended.map(({ id }) => newLock({ ...target, session: id }, why, now())));
    return { ended: ended.map(({ id }) => id) };
  }

  async function theOne(identity: Identity, id: string | undefined): Promise<SessionRecord> {
    const meant = (await ofCaller(identity)).find((session) => session.id === id);
    if (meant === undefined) throw reasonedError('bad-input', sentence('no-session', { id: id ?? '' }));
    return meant;
  }

  async function rename(
    request: IncomingMessage,
    identity: Identity,
    session: SessionRecord,
    name: string,
  ): Promise<void> {
    if (name === (chosenName(session) ?? '')) return;
    const nextAtMs = await pace.take(identity, now());
    if (nextAtMs !== null)
      throw reasonedError(
        'rate-limited',
        sentence('renamed-too-often', { most: mostNamesAnHour, next: { atMs: nextAtMs } }),
      );
    const { id, device } = session;
    const { issuer, subject, username, groups } = identity;
    const remoteAddress = callerAddress(request);
    const before = nameOf(session);
    const after = name === '' ? `${shownText(device.name).trim()}”, as its client calls it` : `${name}”`;
    await recordFirst(audit, {
      type: 'session',
      timeMs: now(),
      event: 'renamed',
      caller: { issuer, subject, username, groups, sessionId: '', device: '', remoteAddress },
      detail: `the device of the session ${id} was “${before}” and is “${after}`,
    });
    await sessions.didRename(session, name);
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
          throw reasonedError('bad-input', sentence('which-session'));
        const others = own.filter((session) => !isCurrent(session, identity));
        sendJson(response, 200, await end(identity, own, others));
      },
    },
    {
      method: 'DELETE',
      path: `${sessionsPath}/:id`,
      access: 'signed-in',
      answer: async ({ response, parameters }, identity) => {
        const meant = await theOne(identity, parameters['id']);
        sendJson(response, 200, await end(identity, await ofCaller(identity), [meant]));
      },
    },
    {
      method: 'POST',
      path: `${sessionsPath}/:id/name`,
      access: 'signed-in',
      answer: async ({ request, response, parameters }, identity) => {
        const asked = nameSchema.safeParse(await readJson(request, maxBodyBytes));
        if (!asked.success) throw reasonedError('bad-input', sentence('session-name', { most: maxChosenName }));
        const meant = await theOne(identity, parameters['id']);
        await rename(request, identity, meant, asked.data.name);
        sendJson(response, 200, { name: asked.data.name === '' ? meant.device.name : asked.data.name });
      },
    },
  ];
}

/** What the person calls its device, or else its client; in one line that steers nothing. */
function nameOf(session: SessionRecord): string {
  return shownText(chosenName(session) ?? session.device.name).trim();
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
  const chosen = chosenName(session);
  const deviceId = shownDeviceId(identity, device);
  return {
    id,
    current: isCurrent(session, identity),
    device: {
      ...(deviceId === undefined ? {} : { id: deviceId }),
      name: chosen ?? name,
      ...(chosen === null ? {} : { ownName: name }),
      system,
      appVersion,
    },
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
