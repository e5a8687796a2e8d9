import { isSamePerson } from '../identity/person-key.ts';
import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { AccessRequest } from './grant.ts';

type Source = Pick<Config, 'apis' | 'access_requests'>;
type Who = Pick<Identity, 'groups' | 'issuer' | 'subject'>;

/** What may be asked for, and who decides. */
interface Offer {
  readonly approvers: readonly string[];
  readonly maxHours: number;
}

/** The offer behind a request; undefined when the config doesn't make it (any more). Pure. */
function offerFor(config: Source, api: string | null, role: string): Offer | undefined {
  if (api === null) {
    const found = config.access_requests.roles.find((offer) => offer.role === role);
    return found === undefined ? undefined : { approvers: found.approvers, maxHours: found.max_hours };
  }
  const found = config.apis.find((candidate) => candidate.id === api)?.access_requests;
  if (found === undefined || !found.roles.includes(role)) return undefined;
  return { approvers: found.approvers, maxHours: found.max_hours };
}

/**
 * Checks that something may be asked for, and for how long.
 * @throws AccessError `bad-input`; the words are the same for what there isn't and for what isn't offered.
 */
export function checkRequest(
  config: Source,
  asked: { readonly api: string | null; readonly role: string; readonly hours: number | undefined },
): number {
  const offer = offerFor(config, asked.api, asked.role);
  if (offer === undefined) {
    const { api, role } = asked;
    const why = api === null ? reason('role-not-offered-at-all', { role }) : reason('role-not-offered', { role, api });
    throw reasonedError('bad-input', why);
  }
  const hours = asked.hours ?? offer.maxHours;
  if (hours > offer.maxHours) {
    throw reasonedError('bad-input', reason('most-hours', { hours: offer.maxHours }));
  }
  return hours;
}

/**
 * Whether somebody may approve or refuse a request: an approver, and never of his own request. Who signed in with an
 * emergency account has another one at the provider, which may be the one that asked.
 */
export function mayDecide(config: Source & Pick<Config, 'relay'>, who: Who, request: AccessRequest): boolean {
  if (isSamePerson(who, request.requester) || who.issuer === breakGlassIssuerOf(config)) return false;
  const offer = offerFor(config, request.api, request.role);
  return offer !== undefined && offer.approvers.some((group) => who.groups.includes(group));
}

/** Whether somebody decides on anything that may be asked for. */
export function isApprover(config: Source, { groups }: Pick<Identity, 'groups'>): boolean {
  const offers = [...config.access_requests.roles, ...config.apis.flatMap(({ access_requests: offer }) => offer ?? [])];
  return offers.some(({ approvers }) => approvers.some((group) => groups.includes(group)));
}

/** Groups whose people decide on requests for a role; none when it isn’t offered. */
export function approversOf(config: Source, { api, role }: Pick<AccessRequest, 'api' | 'role'>): readonly string[] {
  return offerFor(config, api, role)?.approvers ?? [];
}

/** Whether a grant still counts: what the config no longer offers ends with it. */
export function isOffered(config: Source, request: AccessRequest): boolean {
  return offerFor(config, request.api, request.role) !== undefined;
}
