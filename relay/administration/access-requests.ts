import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { readReason } from '../acts/operator.ts';
import type { Outbox, WaitingRecord } from '../acts/outbox.ts';
import type { PostgresActs } from '../acts/postgres-acts.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { untilTaken } from '../acts/until-taken.ts';
import type { Config } from '../config/config-schema.ts';
import { checkRequest } from '../grants/access-rules.ts';
import type { AccessRequest, Requester } from '../grants/grant.ts';
import { type GrantStore, openGrantStore } from '../grants/grant-store.ts';
import { isSamePerson, type Person } from '../identity/person-key.ts';
import type { ActBy } from './locks.ts';
import type { StatePlace } from './state-place.ts';

/** What becomes of a request: it is approved or refused, or its grant ends early. */
export type GrantDecision = 'approved' | 'refused' | 'revoked';

/** Requests for access, those that are over among them. @throws AccessError `shared-state-unavailable` */
export async function listAccessRequests(
  place: StatePlace,
  filter: { readonly status?: AccessRequest['status'] },
  nowMs: number,
): Promise<readonly AccessRequest[]> {
  const opened = await openGrants(place);
  try {
    await opened.store.expire(nowMs);
    return await opened.store.list(filter);
  } finally {
    await opened.close();
  }
}

/** A request as it is now; null for one that isn’t known. @throws AccessError `shared-state-unavailable` */
export async function findAccessRequest(place: StatePlace, id: string): Promise<AccessRequest | null> {
  const opened = await openGrants(place);
  try {
    return await opened.store.find(id);
  } finally {
    await opened.close();
  }
}

/**
 * Decides a request. A running relay takes the change over within a second and puts it into the audit; when none runs on
 * the data folder, this does. `isRecorded` is false when the record waits for whoever can write the audit again; in Redis,
 * where nobody can tell, it is taken for written.
 * @throws AccessError `bad-input` for a request that isn't in a state for it, `policy-denied` for who approves their own,
 * `shared-state-unavailable`
 */
export async function decideAccessRequest(
  place: StatePlace,
  id: string,
  decision: GrantDecision,
  { author, person = null, reason: given, hours }: ActBy & { readonly hours?: number | undefined },
  nowMs: number,
): Promise<{ readonly request: AccessRequest; readonly isRecorded: boolean }> {
  const reason = readReason(given);
  const opened = await openGrants(place);
  try {
    const { store } = opened;
    if (decision === 'approved' && person !== null) await refuseOwn(store, id, person);
    const request =
      decision === 'revoked'
        ? await store.revoke(id, author, reason, nowMs)
        : await store.decide(id, decision, author, reason, nowMs, decision === 'approved' ? hours : undefined);
    return { request, isRecorded: await untilInAudit(place, opened, id, decision) };
  } finally {
    await opened.close();
  }
}

/** What somebody is given. */
export interface GrantToGive {
  readonly to: Requester;
  /** The API where the role is to count; null for all. */
  readonly api: string | null;
  readonly role: string;
  /** The most that the config offers when left out. */
  readonly hours?: number | undefined;
}

/**
 * Gives a role that the config offers, without a request. Recorded as {@link decideAccessRequest} is.
 * @throws AccessError `bad-input` for what the config doesn’t offer, `policy-denied` for who gives to themselves,
 * `shared-state-unavailable`
 */
export async function giveGrant(
  place: StatePlace,
  config: Pick<Config, 'apis' | 'access_requests'>,
  { to, api, role, hours: wanted }: GrantToGive,
  { author, person = null, reason: given }: ActBy,
  nowMs: number,
): Promise<{ readonly request: AccessRequest; readonly isRecorded: boolean }> {
  const reason = readReason(given);
  if (person !== null && isSamePerson(to, person))
    throw new AccessError('policy-denied', 'Nobody gives access to themselves. Ask another operator.');
  const hours = checkRequest(config, { api, role, hours: wanted });
  const opened = await openGrants(place);
  try {
    const request = await opened.store.give({ requester: to, api, role, reason, hours }, author, nowMs);
    return { request, isRecorded: await untilInAudit(place, opened, request.id, 'approved') };
  } finally {
    await opened.close();
  }
}

/** Two people give access, also where one of them may give any. */
async function refuseOwn(store: GrantStore, id: string, person: Person): Promise<void> {
  const asked = await store.find(id);
  if (asked !== null && isSamePerson(asked.requester, person))
    throw new AccessError('policy-denied', 'Nobody approves a request of their own. Ask another operator.');
}

/** Waits for the record of what was done; in Redis, where nobody can tell, it is taken for written. */
async function untilInAudit(
  { dataDir }: StatePlace,
  { outbox, acts }: OpenedGrants,
  id: string,
  event: GrantDecision,
): Promise<boolean> {
  const isOurs = (record: WaitingRecord['record']): boolean =>
    record.type === 'access' && record.grant === id && record.event === event;
  if (acts !== undefined) return untilTaken(acts, isOurs);
  if (outbox === undefined) return true;
  const isRecorded = (): boolean => !outbox.waiting().some(({ record }) => isOurs(record));
  return untilRecorded({ dataDir, outbox, isRecorded });
}

/** Grants, wherever they are. */
export interface OpenedGrants {
  readonly store: GrantStore;
  readonly outbox?: Outbox;
  readonly acts?: Pick<PostgresActs, 'waiting'>;
  close(): void | Promise<void>;
}

/** @throws AccessError `shared-state-unavailable` */
export async function openGrants({ dataDir, redis: settings, storage }: StatePlace): Promise<OpenedGrants> {
  if (storage !== undefined) {
    const { openStores } = await import('../stored/open-stores.ts');
    const stores = await openStores(storage);
    return { store: stores.grants, acts: stores.acts, close: () => stores.close() };
  }
  if (settings === undefined) {
    const store = openGrantStore(dataDir);
    return { store, outbox: store.outbox, close: () => store.close() };
  }
  // Only where it is needed: loading it takes as long as all the rest.
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRedisGrantStore } = await import('../grants/redis-grant-store.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
  } catch (error) {
    redis.close();
    throw error;
  }
  return { store: openRedisGrantStore(redis), close: () => redis.close() };
}
