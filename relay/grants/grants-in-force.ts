import { personKey } from '../identity/person-key.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { ActiveGrant } from '../policy/decision.ts';
import { isOffered } from './access-rules.ts';
import { type AccessRequest, activeGrant } from './grant.ts';

/** Which grants count now, by person. */
export interface GrantsInForce {
  /** Those of one person; the same array until something changes. */
  of(identity: Pick<Identity, 'issuer' | 'subject'>): readonly ActiveGrant[];
  /** Takes over what waits and what is approved now, as the store says. */
  put(open: readonly AccessRequest[]): void;
  /** Looks again at what was put: the config may have changed, or a grant may have ended. */
  review(): void;
  /** When the next grant ends, milliseconds since the epoch; Infinity without one. */
  nextEndMs(): number;
}

const none: readonly ActiveGrant[] = [];

/**
 * Calls `onChange` when grants begin or end, and `onRequests` with the requests that came, were decided or are over; neither
 * for those that there are at the start.
 */
export function grantsInForce(options: {
  readonly config: () => Pick<Config, 'apis' | 'access_requests'>;
  readonly onChange: () => void;
  readonly onRequests?: ((changed: readonly AccessRequest[]) => void) | undefined;
  readonly now: () => number;
}): GrantsInForce {
  const { config, onChange, onRequests, now } = options;
  let open: ReadonlyMap<string, AccessRequest> | undefined;
  let byPerson = new Map<string, ActiveGrant[]>();
  let known: string | undefined;

  const review = (): void => {
    const next = new Map<string, ActiveGrant[]>();
    for (const request of open?.values() ?? []) {
      const grant = activeGrant(request);
      if (grant === null || grant.expiresAtMs <= now() || !isOffered(config(), request)) continue;
      const person = personKey(request.requester);
      next.set(person, [...(next.get(person) ?? []), grant]);
    }
    byPerson = next;
    const state = JSON.stringify([...next]);
    const isNews = known !== undefined && state !== known;
    known = state;
    if (isNews) onChange();
  };

  return {
    of: (identity) => (byPerson.size === 0 ? none : (byPerson.get(personKey(identity)) ?? none)),
    put(requests) {
      const before = open;
      open = new Map(requests.map((request) => [request.id, request]));
      review();
      if (before === undefined) return;
      const [earlier, later] = [before, open];
      const over = [...earlier.values()].filter(({ id }) => !later.has(id));
      const changed = requests.filter(({ id, status }) => earlier.get(id)?.status !== status);
      if (over.length + changed.length > 0) onRequests?.([...over, ...changed]);
    },
    review,
    nextEndMs: () => Math.min(...[...byPerson.values()].flat().map((grant) => grant.expiresAtMs)),
  };
}
