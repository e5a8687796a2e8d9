import type { CatalogEntry } from '../../shared/catalog.ts';
import { AccessError } from '../../shared/errors.ts';
import type { AuditCaller } from '../audit/audit-record.ts';
import { openAuditSource } from '../audit/shared/open-source.ts';
import type { Config } from '../config/config-schema.ts';
import { isOffered } from '../grants/access-rules.ts';
import { type AccessRequest, activeGrant } from '../grants/grant.ts';
import type { Identity } from '../identity/identity.ts';
import { isSamePerson, type Person } from '../identity/person-key.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { countSome } from '../reports/count-some.ts';
import { hourOf } from '../reports/count-records.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import { bounds } from '../reports/run-report.ts';
import { type ShownSession, shownSession } from '../sessions/find-sessions.ts';
import { isInForce, type Lock } from '../sessions/lock.ts';
import { isOnPerson } from '../sessions/locks-in-force.ts';
import type { SessionRecord } from '../sessions/session-record.ts';
import { locksOfCaller, showLocks } from '../sessions/show-locks.ts';
import { listAccessRequests } from './access-requests.ts';
import { openLocks, type OpenedLocks } from './open-locks.ts';
import { personId, readPersonId, unknownPerson } from './people.ts';
import type { StatePlace } from './state-place.ts';

/** Where all of it is read. */
export interface PersonPlace {
  readonly config: Config;
  readonly counts: CountsPlace;
  readonly state: StatePlace;
}

/** What a person used of one API in the period. */
export interface PersonUse {
  readonly api: string;
  readonly requests: number;
  readonly denied: number;
  /** ISO 8601: the beginning of the last hour with a request. */
  readonly lastHour: string;
}

/** All that is known of one person. Times are milliseconds since the epoch. */
export interface PersonSeen {
  readonly person: Pick<Identity, 'kind' | 'issuer' | 'subject' | 'username'> & {
    readonly id: string;
    readonly provider: string;
  };
  readonly lastUsedAtMs: number | null;
  /** Groups as the audit saw them last; null when it holds no record of the person. */
  readonly groups: { readonly names: readonly string[]; readonly atMs: number } | null;
  /** The catalog as the person would see it by these groups and the grants in force; null while no groups are known. */
  readonly apis: readonly CatalogEntry[] | null;
  /** Locks that shut the person out: by name, by group, or with everybody. */
  readonly locks: readonly Lock[];
  /** The last used ones, those that were ended among them. */
  readonly sessions: readonly ShownSession[];
  /** Requests for access and grants, newest first. */
  readonly grants: readonly AccessRequest[];
  readonly usage: { readonly since: string; readonly until: string; readonly rows: readonly PersonUse[] };
}

const mostSessions = 100;
const mostGrants = 100;
const usageHours = 30 * 24;
/** Of one person’s records so many are looked through for one that says the groups. */
const mostRecords = 200;

/**
 * A person by id, or by a user name or subject that one person alone has.
 * @throws AccessError `bad-input` for nobody or several, `shared-state-unavailable`
 */
export async function seePerson(place: PersonPlace, asked: string, nowMs: number): Promise<PersonSeen> {
  const { config, state } = place;
  const opened = await openLocks(state);
  try {
    await opened.exchange();
    const person = readPersonId(asked) ?? (await personNamed(opened, asked));
    const found = await sessionsOf(opened, person);
    const record = await lastRecord(place, person);
    const [newest] = found;
    if (newest === undefined && record === null) throw unknownPerson(asked);
    const locks = (await opened.store.list()).filter((lock) => isInForce(lock, nowMs));
    const requests = await listAccessRequests(state, {}, nowMs);
    const grants = requests.filter(({ requester }) => isSamePerson(requester, person));
    const identity = identityOf(person, newest, record, config);
    return {
      person: {
        id: personId(person),
        ...person,
        kind: identity.kind,
        provider: identity.issuerName,
        username: identity.username,
      },
      lastUsedAtMs: newest?.lastUsedAtMs ?? null,
      groups: record === null ? null : { names: record.caller.groups, atMs: record.timeMs },
      apis: record === null ? null : catalogOf(config, identity, { grants, locks }, nowMs),
      locks: locks.filter((lock) => shutsOut(lock, identity)),
      sessions: found.map((session) => shownSession(session, locks, nowMs)),
      grants: grants.slice(0, mostGrants),
      usage: await usageOf(place, person, nowMs),
    };
  } finally {
    await opened.close();
  }
}

async function personNamed({ sessions }: OpenedLocks, name: string): Promise<Person> {
  const { items } = await sessions.people({ text: name, cursor: null, limit: mostSessions });
  const named = items.filter(
    ({ username, subject }) => username.toLowerCase() === name.toLowerCase() || subject === name,
  );
  const [person, ...others] = named;
  if (person === undefined) throw unknownPerson(name);
  if (others.length > 0) {
    const people = named.map(({ subject, issuer }) => `${subject} at ${issuer}`).join(', ');
    throw new AccessError('bad-input', `More than one person is called “${name}”: ${people}. Ask by the id.`);
  }
  return { issuer: person.issuer, subject: person.subject };
}

async function sessionsOf({ sessions }: OpenedLocks, person: Person): Promise<readonly SessionRecord[]> {
  const { items } = await sessions.search({
    filter: { person: person.subject },
    cursor: null,
    limit: mostSessions,
    keep: (session) => isSamePerson(session, person),
  });
  return items;
}

interface LastRecord {
  readonly timeMs: number;
  readonly caller: AuditCaller;
}

async function lastRecord({ counts }: PersonPlace, person: Person): Promise<LastRecord | null> {
  const { dataDir, shared } = counts;
  try {
    const source = await openAuditSource({
      dataDir,
      ...(shared === null ? {} : { shared: { storage: shared.postgres } }),
    });
    try {
      let looked = 0;
      for await (const { record } of source.newestFirst({ user: person.subject })) {
        if ('caller' in record && isSamePerson(record.caller, person)) return record;
        if ((looked += 1) >= mostRecords) return null;
      }
      return null;
    } finally {
      await source.close();
    }
  } catch (error) {
    // No audit is there yet.
    if (error instanceof AccessError && error.code === 'bad-input') return null;
    throw error;
  }
}

/** Who the person would be with the groups of the last record; what a token says besides isn’t known afterwards. */
function identityOf(
  person: Person,
  session: SessionRecord | undefined,
  record: LastRecord | null,
  { issuers }: Config,
): Identity {
  const username = record?.caller.username ?? session?.username ?? person.subject;
  return {
    ...person,
    kind: session?.kind ?? 'person',
    issuerName: issuers.find(({ issuer }) => issuer === person.issuer)?.name ?? session?.provider ?? person.issuer,
    username,
    name: username,
    email: undefined,
    groups: record?.caller.groups ?? [],
    clientId: undefined,
    tokenId: undefined,
    expiresAtMs: Infinity,
    authTimeMs: session?.signedInAtMs ?? undefined,
    acr: session?.acr ?? undefined,
    scopes: [],
    providerSessionId: undefined,
    claims: {},
    jkt: undefined,
    certificateSha256: undefined,
  };
}

function catalogOf(
  config: Config,
  identity: Identity,
  { grants, locks }: { readonly grants: readonly AccessRequest[]; readonly locks: readonly Lock[] },
  nowMs: number,
): readonly CatalogEntry[] {
  const inForce = grants.filter((request) => isOffered(config, request)).map(activeGrant);
  const active = inForce.filter((grant) => grant !== null).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  const context = { timeMs: nowMs, remoteAddress: '', device: null, grants: active };
  // Operators see what isn’t told to callers.
  const catalog = compilePolicy({ ...config, disclose: 'full' }).catalogFor(identity, context);
  const whole = locks.find((lock) => shutsOut(lock, identity)) ?? null;
  return showLocks(catalog, locksOfCaller(whole, locks), 'full').apis;
}

function shutsOut({ target }: Lock, identity: Identity): boolean {
  switch (target.type) {
    case 'person':
      return isOnPerson(target, identity);
    case 'group':
      return identity.groups.includes(target.group);
    case 'everything':
      return true;
    case 'session':
    case 'sign-in':
    case 'device':
    case 'api':
    case 'address':
      return false;
  }
}

async function usageOf({ counts }: PersonPlace, person: Person, nowMs: number): Promise<PersonSeen['usage']> {
  const toHour = hourOf(nowMs) + 1;
  const period = { fromHour: toHour - usageHours, toHour };
  const usage = await openCounts(counts);
  try {
    await countSome(counts.dataDir, usage);
    const totals = await usage.usage(period, ['person', 'api', 'allowed'], { user: person.subject });
    const ofPerson = totals.filter((total) => isSamePerson(total.person, person));
    const rows = [...Map.groupBy(ofPerson, ({ api }) => api)].map(([api, some]) => ({
      api,
      requests: some.reduce((sum, { requests }) => sum + requests, 0),
      denied: some.reduce((sum, { allowed, requests }) => sum + (allowed ? 0 : requests), 0),
      lastHour: new Date(Math.max(...some.map(({ lastHour }) => lastHour)) * 3_600_000).toISOString(),
    }));
    return { ...bounds(period), rows: rows.toSorted((one, other) => other.requests - one.requests) };
  } finally {
    await usage.close();
  }
}
