import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import type { AdministratorRecord } from '../acts/act-table.ts';
import { type Operator, readReason } from '../acts/operator.ts';
import type { WaitingRecord } from '../acts/outbox.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { untilTaken } from '../acts/until-taken.ts';
import { openAuditReader } from '../audit/reading/audit-reader.ts';
import { personKey } from '../identity/person-key.ts';
import { createRevocations, type Revocation, type RevocationMark, type RevokedBy } from '../identity/revocations.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import { endedByRevocation } from '../sessions/ended-by-provider.ts';
import type { SessionRecord } from '../sessions/session-record.ts';
import { openSessionStore, type SessionStore } from '../sessions/session-store.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import type { StoredStores } from '../stored/open-stores.ts';
import type { ActOutcome, StatePlace } from './state-place.ts';

const pageLimit = 1000;

/** A person whose sign-ins are ended. */
export interface RevokedPerson {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
}

/** Whose sign-ins are to end, by whom and why. */
export interface PersonToRevoke {
  /** User name or subject. */
  readonly who: string;
  /** With an issuer `who` is a subject, and nobody has to have been here. */
  readonly issuer?: string | undefined;
  readonly operator: Operator;
  readonly reason: string;
}

/** What became of it. */
export type RevokedOutcome =
  | ({ readonly status: 'revoked'; readonly person: RevokedPerson } & ActOutcome)
  | { readonly status: 'nobody' }
  | { readonly status: 'several'; readonly people: readonly RevokedPerson[] };

/**
 * Ends all sign-ins of a person: open tunnels within a second or two, and no relay takes a token from before. Who did
 * it and why is durable together with it, and goes into the audit of this relay.
 * @throws AccessError `bad-input` without a reason, `shared-state-unavailable` when the storage can't be reached
 */
export async function revokePerson(place: StatePlace, given: PersonToRevoke, nowMs: number): Promise<RevokedOutcome> {
  const { who, issuer, operator } = given;
  const reason = readReason(given.reason);
  // Only where it is needed: loading it takes as long as all the rest.
  const { storage } = place;
  const stores =
    storage === undefined ? undefined : await (await import('../stored/open-stores.ts')).openStores(storage);
  try {
    const people =
      issuer === undefined ? await peopleNamed(place, stores, who) : [{ issuer, subject: who, username: who }];
    const [person, ...others] = people;
    if (person === undefined) return { status: 'nobody' };
    if (others.length > 0) return { status: 'several', people };
    const { issuer: at, subject } = person;
    const act = { revocation: { issuer: at, subject }, by: 'administrator', person, operator, reason } as const;
    return { status: 'revoked', person, ...(await carryOut(place, stores, act, nowMs)) };
  } finally {
    await stores?.close();
  }
}

/** People of this name or subject whom the relays know. */
async function peopleNamed(
  { dataDir }: StatePlace,
  stores: StoredStores | undefined,
  who: string,
): Promise<readonly RevokedPerson[]> {
  if (stores === undefined) return peopleInAudit(dataDir, who);
  const people = new Map<string, RevokedPerson>();
  const named = { filter: { person: who }, keep: isNamed, limit: pageLimit };
  let cursor: string | null = null;
  do {
    const { items, next } = await stores.sessions.search({ ...named, cursor });
    for (const { issuer, subject, username } of items)
      people.set(personKey({ issuer, subject }), { issuer, subject, username });
    cursor = next;
  } while (cursor !== null);
  return [...people.values()];

  function isNamed({ username, subject }: SessionRecord): boolean {
    return username === who || subject === who;
  }
}

function peopleInAudit(dataDir: string, who: string): readonly RevokedPerson[] {
  const reader = openAuditReader(dataDir);
  try {
    const people = new Map<string, RevokedPerson>();
    for (const { record } of reader.newestFirst({ user: who, type: 'session' })) {
      if (record.type !== 'session') continue;
      const { issuer, subject, username } = record.caller;
      const key = personKey({ issuer, subject });
      if (!people.has(key)) people.set(key, { issuer, subject, username });
    }
    return [...people.values()];
  } finally {
    reader.close();
  }
}

/** Sign-ins that are to end, by whom and why. */
export interface SignInsToRevoke {
  readonly revocation: Revocation;
  readonly by: RevokedBy;
  /** Whose they are, for the record. */
  readonly person: RevokedPerson;
  readonly operator: Operator;
  readonly reason: string;
  /** Only sign-ins from before end; those from before `nowMs` when left out. */
  readonly asOfMs?: number;
}

/** Ends sign-ins as {@link revokePerson} does, of somebody or something that is known already. @throws AccessError as it does */
export async function revokeSignIns(place: StatePlace, act: SignInsToRevoke, nowMs: number): Promise<ActOutcome> {
  const { storage } = place;
  const stores =
    storage === undefined ? undefined : await (await import('../stored/open-stores.ts')).openStores(storage);
  try {
    return await carryOut(place, stores, { ...act, reason: readReason(act.reason) }, nowMs);
  } finally {
    await stores?.close();
  }
}

/** Revokes, and waits for the record; whether it is in the audit now. */
async function carryOut(
  { dataDir, redis }: StatePlace,
  stores: StoredStores | undefined,
  { revocation, by, person, operator, reason, asOfMs }: SignInsToRevoke,
  nowMs: number,
): Promise<ActOutcome> {
  const marks = createRevocations({ now: () => Math.min(asOfMs ?? nowMs, nowMs) }).mark(revocation, by);
  const record: AdministratorRecord = {
    type: 'administrator',
    timeMs: nowMs,
    id: randomBytes(9).toString('base64url'),
    act: 'sign-ins-revoked',
    operator,
    reason,
    person,
  };
  const revoked = { by: operatorName(operator), reason, atMs: Math.min(asOfMs ?? nowMs, nowMs) };
  if (stores !== undefined) {
    await stores.revocations.write(marks, record);
    await markSessions(stores.sessions, { person, revocation, revoked });
    const isOurs = (waiting: WaitingRecord['record']): boolean =>
      waiting.type === 'administrator' && waiting.id === record.id;
    return { isRecorded: await untilTaken(stores.acts, isOurs), untold: null };
  }
  const file = openRevocationFile(dataDir);
  try {
    // Here first, also with Redis: whatever happens to this process, what is recorded is in force, and the other way round.
    file.write(marks, record);
    const local = openSessionStore(dataDir);
    await markSessions(local, { person, revocation, revoked }).finally(() => local.close());
    const isRecorded = (): boolean => file.acts.isRecorded(record.id);
    const recorded = untilRecorded({ dataDir, outbox: file.acts, isRecorded });
    const [inAudit, shared] = await Promise.allSettled([
      recorded,
      redis === undefined ? null : share(redis, marks, { person, revocation, revoked }, nowMs),
    ]);
    const untold = shared.status === 'rejected' ? (shared.reason as Error) : null;
    if (untold !== null && !isUnavailable(untold)) throw untold;
    if (inAudit.status === 'rejected') throw inAudit.reason;
    return { isRecorded: inAudit.value, untold };
  } finally {
    file.close();
  }
}

interface EndedSessions {
  readonly person: RevokedPerson;
  readonly revocation: Revocation;
  readonly revoked: NonNullable<SessionRecord['revoked']>;
}

/** Says of the person’s sessions that they are over; what marks them as such outlasts what refuses their tokens. */
async function markSessions(
  store: Pick<SessionStore, 'list' | 'put'>,
  { person, revocation, revoked }: EndedSessions,
): Promise<void> {
  const sessions = endedByRevocation(await store.list(person), revocation, revoked.atMs);
  await store.put(sessions.map((session) => ({ ...session, revoked })));
}

/** As people read it: a user of the relay’s machine, or whom the admin API names. */
function operatorName({ user, sudoUser }: Operator): string {
  return sudoUser === null ? user : `${sudoUser} as ${user}`;
}

async function share(
  settings: RedisSettings,
  marks: readonly RevocationMark[],
  ended: EndedSessions,
  nowMs: number,
): Promise<void> {
  // Only where it is needed: loading it takes as long as all the rest.
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { revokeThrough } = await import('../identity/shared-revocations.ts');
  const { openRedisSessionStore } = await import('../sessions/redis-session-store.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
    await revokeThrough(redis, marks, nowMs);
    await markSessions(openRedisSessionStore(redis), ended);
  } finally {
    redis.close();
  }
}

function isUnavailable(error: Error): boolean {
  return error instanceof AccessError && error.code === 'shared-state-unavailable';
}
