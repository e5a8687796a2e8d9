import { isOffered } from '../grants/access-rules.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { personKey } from '../identity/person-key.ts';
import type { Config } from '../config/config-schema.ts';
import type { ActiveGrant } from '../policy/decision.ts';

/** Grants that counted at a time in the past, by person. */
export interface PastGrants {
  /** Those of a person that counted then, as far as a config still offers their roles. */
  of(person: { readonly issuer: string; readonly subject: string }, timeMs: number): readonly ActiveGrant[];
}

/** @param requests all that are known, those that are over among them */
export function createPastGrants(requests: readonly AccessRequest[], config: Config): PastGrants {
  const byPerson = new Map<string, AccessRequest[]>();
  for (const request of requests) {
    if (request.decidedAtMs === null || request.expiresAtMs === null || !isOffered(config, request)) continue;
    const key = personKey(request.requester);
    byPerson.set(key, [...(byPerson.get(key) ?? []), request]);
  }
  return {
    of(person, timeMs) {
      if (byPerson.size === 0) return [];
      return (byPerson.get(personKey(person)) ?? []).flatMap(({ id, api, role, decidedBy, decidedAtMs, expiresAtMs }) =>
        decidedAtMs === null || expiresAtMs === null || timeMs < decidedAtMs || timeMs >= expiresAtMs
          ? []
          : [{ id, api, role, approvedBy: decidedBy ?? '', expiresAtMs }],
      );
    },
  };
}
