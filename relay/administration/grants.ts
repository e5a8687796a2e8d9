import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { isSamePerson, type Person } from '../identity/person-key.ts';
import { countSome } from '../reports/count-some.ts';
import { hourOf, hourStartMs } from '../reports/count-records.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import type { Page } from '../sessions/search-sessions.ts';
import { listAccessRequests } from './access-requests.ts';
import { pageIn } from './page-in.ts';
import { readPersonId, unknownPerson } from './people.ts';
import type { StatePlace } from './state-place.ts';

/** Where it is read. */
export interface GrantPlace {
  readonly config: Config;
  readonly counts: CountsPlace;
  readonly state: StatePlace;
}

/** A grant with what was made of it. */
export interface UsedGrant extends AccessRequest {
  /** Requests that it allowed, by the counts. */
  readonly requests: number;
  /** ISO 8601: the beginning of the last hour with one; null for none. */
  readonly lastHour: string | null;
}

/** Which grants; all that is given must fit. */
export interface GrantQuery {
  /** `active`: in force; `ending`: in force, and over within {@link withinHours}; `unused`: in force, and never needed. */
  readonly state: 'active' | 'ending' | 'unused' | 'over' | 'all';
  readonly withinHours: number;
  readonly person?: string;
  readonly api?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** Which requests. */
export interface RequestQuery {
  readonly status?: AccessRequest['status'];
  readonly cursor?: string;
  readonly limit: number;
}

const hourMs = 3_600_000;

/** Grants in force end first, those that are over come newest first. @throws AccessError `bad-input`, `shared-state-unavailable` */
export async function pageOfGrants(place: GrantPlace, query: GrantQuery, nowMs: number): Promise<Page<UsedGrant>> {
  const { state, withinHours, person, api, cursor, limit } = query;
  const granted = (await listAccessRequests(place.state, {}, nowMs)).filter(({ expiresAtMs }) => expiresAtMs !== null);
  const whose = person === undefined ? null : personOf(granted, person);
  const wanted = granted.filter(
    (grant) =>
      (whose === null || isSamePerson(grant.requester, whose)) &&
      (api === undefined || grant.api === api) &&
      isIn(grant),
  );
  const uses = await usesOf(place.counts, wanted, nowMs);
  const listed = wanted
    .map((grant): UsedGrant => ({ ...grant, ...(uses.get(grant.id) ?? { requests: 0, lastHour: null }) }))
    .filter(({ requests }) => state !== 'unused' || requests === 0)
    .toSorted((one, other) => order(one) - order(other) || (one.id < other.id ? -1 : 1));
  return pageIn(listed, cursor ?? null, limit, (grant) => ({ atMs: order(grant), names: [grant.id] }));

  function isIn({ status, expiresAtMs }: AccessRequest): boolean {
    const isActive = status === 'approved' && (expiresAtMs ?? 0) > nowMs;
    switch (state) {
      case 'active':
      case 'unused':
        return isActive;
      case 'ending':
        return isActive && (expiresAtMs ?? 0) <= nowMs + withinHours * hourMs;
      case 'over':
        return !isActive;
      case 'all':
        return true;
    }
  }

  function order({ status, expiresAtMs }: AccessRequest): number {
    const endMs = Math.round(expiresAtMs ?? 0);
    return status === 'approved' && endMs > nowMs ? endMs : Number.MAX_SAFE_INTEGER - endMs;
  }
}

/** Requests for access, newest first. @throws AccessError as {@link pageOfGrants} */
export async function pageOfRequests(
  state: StatePlace,
  { status, cursor, limit }: RequestQuery,
  nowMs: number,
): Promise<Page<AccessRequest>> {
  const all = await listAccessRequests(state, status === undefined ? {} : { status }, nowMs);
  const order = ({ requestedAtMs }: AccessRequest): number => Number.MAX_SAFE_INTEGER - Math.round(requestedAtMs);
  const listed = all.toSorted((one, other) => order(one) - order(other) || (one.id < other.id ? -1 : 1));
  return pageIn(listed, cursor ?? null, limit, (request) => ({ atMs: order(request), names: [request.id] }));
}

/** @throws AccessError `bad-input` for nobody or several */
function personOf(granted: readonly AccessRequest[], asked: string): Person {
  const byId = readPersonId(asked);
  if (byId !== null) return byId;
  const named = granted
    .map(({ requester }) => requester)
    .filter(({ username, subject }) => username.toLowerCase() === asked.toLowerCase() || subject === asked);
  const [person] = named;
  if (person === undefined) throw unknownPerson(asked);
  if (named.some((other) => !isSamePerson(other, person)))
    throw new AccessError('bad-input', `More than one person is called “${asked}”. Ask by the id.`);
  return person;
}

type Use = Pick<UsedGrant, 'requests' | 'lastHour'>;

/** Decisions that a grant allowed name the rule `grant:<id>`. */
async function usesOf(
  counts: CountsPlace,
  grants: readonly AccessRequest[],
  nowMs: number,
): Promise<ReadonlyMap<string, Use>> {
  if (grants.length === 0) return new Map();
  const fromHour = hourOf(Math.min(...grants.map(({ requestedAtMs }) => requestedAtMs)));
  const usage = await openCounts(counts);
  try {
    await countSome(counts.dataDir, usage);
    const totals = await usage.usage({ fromHour, toHour: hourOf(nowMs) + 1 }, ['rule'], {});
    return new Map(
      totals
        .filter(({ rule }) => rule.startsWith('grant:'))
        .map(({ rule, requests, lastHour }) => [
          rule.slice('grant:'.length),
          { requests, lastHour: new Date(hourStartMs(lastHour)).toISOString() },
        ]),
    );
  } finally {
    await usage.close();
  }
}
