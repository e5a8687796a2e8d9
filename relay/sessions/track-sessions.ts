import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import type { Logger } from 'pino';
import type { Identity, ProviderLogout } from '../identity/identity.ts';
import { type FollowOpened, type OpenedNews, tellOpened } from './opened-news.ts';
import { endedByLogout, providerSessionName } from './ended-by-provider.ts';
import { sessionFile } from './session-database.ts';
import { mergeSessions, revocationOf, type SessionRecord } from './session-record.ts';
import { bindingOf, type SessionDevice, sessionIdOf } from './session-identity.ts';
import { openSessionStore, type SessionStore } from './session-store.ts';
import { watchWritable } from '../storage/watch-writable.ts';

/** A tunnel, as far as its session is looked at. */
export interface TrackedTunnel {
  readonly id: string;
  readonly identity: Identity;
  readonly device: SessionDevice | null;
  readonly remoteAddress: string;
}

/** Remembers sessions without holding anything up: what happens is kept in memory and written every few seconds. */
export interface SessionTracker {
  /** A tunnel was welcomed, resumed or renewed. */
  didOpen(tunnel: TrackedTunnel): void;
  /** A request was allowed. */
  didUse(tunnel: TrackedTunnel, api: string): void;
  didEnd(tunnel: TrackedTunnel): void;
  /** The person has signed out there, by a token that says which session it is of. @throws AccessError when it can't be written */
  didSignOut(identity: Identity): Promise<void>;
  /** The person calls the device of a session so from now on; empty for as its client does. @throws AccessError as `didSignOut` */
  didRename(session: SessionRecord, name: string): Promise<void>;
  /** The provider has ended the sign-in of a tunnel that is to end with it. */
  didEndSignIn(tunnel: TrackedTunnel, reason: string): void;
  /** The provider has signed somebody out, of one of its sessions or of all. @throws AccessError as `didSignOut` */
  didLogOut(logout: ProviderLogout): Promise<void>;
  /** Those of all relays, or of one person. @throws AccessError `shared-state-unavailable` */
  list(person?: Pick<Identity, 'issuer' | 'subject'>): Promise<readonly SessionRecord[]>;
  close(): Promise<void>;
}

const flushEveryMs = 1000;
/** A use that is newer by less isn't worth a write. */
const useGrainMs = 60_000;
/** How often it is said that tunnels are still open. */
const heartbeatMs = 60_000;
const forgetEveryMs = 3_600_000;
/** Why a session is over, as lists of sessions say it beside the provider’s name. */
export const signedOutThere = 'Signed out there.';

interface Tracked {
  record: SessionRecord;
  readonly tunnels: Set<string>;
  writtenAtMs: number;
}

/**
 * @param shared where relays share their sessions; with a data folder, that has those of this relay besides
 * @param followOpened what tells of sessions there that some relay has opened, for `news`
 */
export function trackSessions(options: {
  readonly dataDir?: string;
  readonly shared?: SessionStore;
  readonly followOpened?: FollowOpened;
  readonly news?: OpenedNews;
  readonly log: Logger;
  readonly now?: () => number;
}): SessionTracker {
  const { shared, log, now = Date.now } = options;
  const local = options.dataDir === undefined ? null : openSessionStore(options.dataDir);
  const isWritable = options.dataDir === undefined ? null : watchWritable(join(options.dataDir, sessionFile));
  const process = randomUUID();
  const byTunnel = new Map<string, Tracked>();
  const bySession = new Map<string, Tracked>();
  const dirty = new Set<Tracked>();
  /** What the shared store hasn't taken yet; bounded by the sessions of this process. */
  let untold = new Map<string, SessionRecord>();
  let isTelling = false;
  let isClosed = false;
  let forgotAtMs = now();

  const { followOpened, news } = options;
  const following = news === undefined ? undefined : followOpened?.(tellOpened((id) => bySession.has(id), news));

  const track = (tunnel: TrackedTunnel): Tracked | null => {
    const id = sessionIdOf(tunnel.identity, tunnel.device);
    if (id === null || tunnel.device === null) return null;
    let tracked = bySession.get(id);
    const told = recordOf(id, tunnel.identity, tunnel.device, tunnel.remoteAddress, now());
    if (tracked === undefined) bySession.set(id, (tracked = { record: told, tunnels: new Set(), writtenAtMs: 0 }));
    else tracked.record = mergeSessions(tracked.record, told);
    return tracked;
  };
  const leave = (tunnelId: string): void => {
    const tracked = byTunnel.get(tunnelId);
    if (tracked === undefined) return;
    byTunnel.delete(tunnelId);
    tracked.tunnels.delete(tunnelId);
    dirty.add(tracked);
    // Its record is in the store after the next flush; another tunnel begins a new one.
    if (tracked.tunnels.size === 0) bySession.delete(tracked.record.id);
  };

  const tellShared = async (): Promise<void> => {
    if (shared === undefined || isTelling || untold.size === 0) return;
    isTelling = true;
    const telling = untold;
    untold = new Map();
    try {
      await shared.put([...telling.values()]);
    } catch (error) {
      for (const [id, record] of telling) untold.set(id, mergeSessions(record, untold.get(id) ?? record));
      log.debug({ err: error }, 'sessions reach the other relays later');
    } finally {
      isTelling = false;
    }
  };

  const flush = (): void => {
    const nowMs = now();
    for (const tracked of bySession.values()) if (nowMs - tracked.writtenAtMs >= heartbeatMs) dirty.add(tracked);
    const records = [...dirty].map((tracked): SessionRecord => {
      tracked.writtenAtMs = nowMs;
      const tunnels = { [process]: { count: tracked.tunnels.size, seenAtMs: nowMs } };
      return { ...tracked.record, tunnels };
    });
    if (records.length > 0) {
      local?.put(records);
      for (const record of records) if (shared !== undefined) untold.set(record.id, record);
    }
    dirty.clear();
    if (nowMs - forgotAtMs >= forgetEveryMs) {
      forgotAtMs = nowMs;
      local?.forget(nowMs);
      Promise.resolve(shared?.forget(nowMs)).catch((error: unknown) =>
        log.debug({ err: error }, 'sessions stay longer'),
      );
    }
  };
  /** Leaves it for later while the disk doesn’t answer: a write would hold up everything. */
  const flushIfWritable = async (): Promise<void> => {
    if (isWritable !== null && !(await isWritable())) return;
    if (!isClosed) flush();
  };
  const timer = setInterval(() => {
    void flushIfWritable()
      .catch((error: unknown) => log.error({ err: error }, 'sessions can’t be written; they are tried again'))
      .then(tellShared);
  }, flushEveryMs).unref();

  async function listed(person?: Pick<Identity, 'issuer' | 'subject'>): Promise<readonly SessionRecord[]> {
    await flushIfWritable();
    const own = local?.list(person) ?? [];
    if (shared === undefined) return own;
    await tellShared();
    const byId = new Map(own.map((session) => [session.id, session]));
    for (const session of await shared.list(person))
      byId.set(session.id, mergeSessions(byId.get(session.id) ?? null, session));
    return [...byId.values()].toSorted((one, other) => other.lastUsedAtMs - one.lastUsedAtMs);
  }

  /** What must not wait for the next flush. */
  const write = async (records: readonly SessionRecord[]): Promise<void> => {
    for (const record of records) {
      const tracked = bySession.get(record.id);
      if (tracked !== undefined) tracked.record = mergeSessions(tracked.record, record);
    }
    if (isWritable !== null && !(await isWritable()))
      throw reasonedError('shared-state-unavailable', reason('disk-silent'));
    local?.put(records);
    for (const record of records) if (shared !== undefined) untold.set(record.id, record);
    await tellShared();
  };

  return {
    didOpen(tunnel) {
      const tracked = track(tunnel);
      if (tracked === null || byTunnel.get(tunnel.id) === tracked) {
        if (tracked !== null) dirty.add(tracked);
        return;
      }
      leave(tunnel.id);
      // `leave` may have let go of it.
      bySession.set(tracked.record.id, tracked);
      byTunnel.set(tunnel.id, tracked);
      tracked.tunnels.add(tunnel.id);
      dirty.add(tracked);
    },
    didUse(tunnel, api) {
      const tracked = byTunnel.get(tunnel.id);
      if (tracked === undefined) return;
      const { record } = tracked;
      const nowMs = now();
      if (nowMs - (record.apis[api] ?? 0) < useGrainMs) return;
      const apis = { ...record.apis, [api]: nowMs };
      tracked.record = mergeSessions(record, { ...record, apis, lastUsedAtMs: nowMs });
      dirty.add(tracked);
    },
    didEnd: ({ id }) => leave(id),
    didEndSignIn(tunnel, reason) {
      const tracked = byTunnel.get(tunnel.id);
      if (tracked === undefined) return;
      const revoked = { by: tracked.record.provider, reason, atMs: now() };
      tracked.record = mergeSessions(tracked.record, { ...tracked.record, revoked });
      dirty.add(tracked);
    },
    async didLogOut(logout) {
      const { issuer, subject } = logout;
      // Who doesn't say whose session it was is rare, and all have to be looked through.
      const known = await listed(subject === undefined ? undefined : { issuer, subject });
      // Who ended it before, and why, is what its person is to read.
      const goingOn = endedByLogout(known, logout).filter((record) => revocationOf(record) === null);
      const ended = goingOn.map((record) => ({
        ...record,
        revoked: { by: record.provider, reason: signedOutThere, atMs: now() },
      }));
      if (ended.length > 0) await write(ended);
    },
    async didSignOut(identity) {
      const known = await listed(identity);
      const id = sessionIdOf(identity, null);
      const isOfIt = (session: SessionRecord): boolean =>
        id === null ? session.tokenId !== null && session.tokenId === (identity.tokenId ?? null) : session.id === id;
      const record = known.find(isOfIt);
      if (record === undefined) return;
      await write([{ ...record, signedOutAtMs: now() }]);
    },
    async didRename(session, name) {
      // Clocks of relays differ, and the later choice counts.
      const atMs = Math.max(now(), (session.chosen?.atMs ?? 0) + 1);
      await write([{ ...session, chosen: { name, atMs } }]);
    },
    list: listed,
    async close() {
      clearInterval(timer);
      following?.close();
      for (const id of byTunnel.keys()) leave(id);
      try {
        await flushIfWritable();
        await tellShared();
      } catch (error) {
        log.error({ err: error }, 'the last uses of sessions are lost');
      }
      isClosed = true;
      local?.close();
    },
  };
}

/** By what the person signed in. Whatever else a provider writes there is left out. */
function methodsOf({ claims }: Identity): Pick<SessionRecord, 'amr'> {
  const { amr } = claims;
  if (!Array.isArray(amr)) return {};
  const named = amr.filter((method): method is string => typeof method === 'string' && /^[\w.:/-]{1,64}$/.test(method));
  return named.length === 0 ? {} : { amr: named.slice(0, 10) };
}

function recordOf(
  id: string,
  identity: Identity,
  device: SessionDevice,
  remoteAddress: string,
  nowMs: number,
): SessionRecord {
  const { kind, issuer, issuerName, subject, username, acr, authTimeMs, tokenId, issuedAtMs, providerSessionId } =
    identity;
  const { id: deviceId, name, system, appVersion, attributes } = device;
  return {
    id,
    kind,
    issuer,
    provider: issuerName,
    subject,
    username,
    device: {
      ...(deviceId === undefined ? {} : { id: deviceId }),
      name,
      system,
      appVersion,
      ...(attributes === undefined ? {} : { attributes }),
    },
    acr: acr ?? null,
    ...methodsOf(identity),
    signedInAtMs: authTimeMs ?? null,
    binding: bindingOf(identity),
    tokenId: tokenId ?? null,
    issuedAtMs: issuedAtMs ?? null,
    ...(providerSessionId === undefined ? {} : { providerSession: providerSessionName(issuer, providerSessionId) }),
    sinceMs: nowMs,
    lastUsedAtMs: nowMs,
    addresses: { [remoteAddress.slice(0, 100)]: nowMs },
    apis: {},
    tunnels: {},
  };
}
