import type { Catalog, CatalogEntry } from '../../shared/catalog.ts';
import { AccessError } from '../../shared/errors.ts';
import { apisOf } from './apis.ts';
import { type SharedContext, settledProfile } from './command-context.ts';

export interface RequestAccessOptions {
  readonly role?: string;
  readonly reason: string;
  readonly hours?: number;
  /** A role that counts at every API, instead of one of an API. */
  readonly all?: boolean;
}

/** What roles are asked for at: an API or all, as people call it, and the roles that are offered there. */
interface Place {
  readonly api: string | null;
  readonly name: string;
  readonly roles: readonly string[];
}

/** `causeway request-access`: asks the approvers for a role, at an API or at all. */
export async function requestAccess(
  context: SharedContext,
  api: string | undefined,
  options: RequestAccessOptions,
): Promise<void> {
  const profile = await settledProfile(context);
  const isAll = options.all === true;
  if ((api === undefined) !== isAll) {
    throw new AccessError('bad-input', 'Name the API, or write --all for a role that counts at every API.');
  }
  const entry = apisOf(profile).find(({ id }) => id === api);
  const everywhere = profile?.catalog.status === 'ready' ? profile.catalog.catalog.requestable : undefined;
  const place = isAll ? { api: null, name: 'every API', roles: namesOf(everywhere) } : entry && placeAt(entry);
  if (profile === undefined || place === undefined) {
    throw new AccessError('unknown-api', `There is no API “${api ?? ''}” for you. Run: causeway apis`);
  }
  const [only, ...more] = place.roles;
  const role = options.role ?? (more.length === 0 ? only : undefined);
  if (role === undefined) {
    throw new AccessError(
      'bad-input',
      place.roles.length === 0
        ? `${place.name} takes no requests for access.`
        : `Say which with --role; ${place.name} has: ${place.roles.join(', ')}.`,
    );
  }
  const { reason, hours } = options;
  const wish = { api: place.api, role, reason, ...(hours === undefined ? {} : { hours }) };
  const answer = await context.core.requestAccess(profile.id, wish);
  context.terminal.result(
    { type: 'access-request', ...answer },
    answer.status === 'pending'
      ? `Asked for the role ${answer.role} at ${place.name}, for ${answer.hours} h. Quote ${answer.id}; when it is approved, it holds at once.`
      : `The request ${answer.id} for the role ${answer.role} is ${answer.status}.`,
  );
}

function placeAt({ id, name, requestable }: CatalogEntry): Place {
  return { api: id, name, roles: namesOf(requestable) };
}

function namesOf(offers: Catalog['requestable'] = []): readonly string[] {
  return offers.map(({ role }) => role);
}
