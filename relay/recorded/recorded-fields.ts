import type { Config } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';

/** Which claims and query parameters go into the audit, by the config's allow-lists. */
export interface RecordedFields {
  readonly claims: readonly string[];
  /** Names of query parameters by API; an API without any isn't there. */
  readonly query: ReadonlyMap<string, ReadonlySet<string>>;
}

const maxClaimLength = 1024;

/** The allow-lists of a config, ready for look-ups. */
export function recordedFields({ audit }: Pick<Config, 'audit'>): RecordedFields {
  const { claims, query } = audit.record;
  return {
    claims,
    query: new Map(
      Object.entries(query)
        .filter(([, names]) => names.length > 0)
        .map(([api, names]) => [api, new Set(names)]),
    ),
  };
}

/** The claims of a token that are recorded, by the paths that the config names them by; undefined for none. */
export function recordedClaims(
  claims: Readonly<Record<string, unknown>>,
  paths: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const found = paths.flatMap((path): [string, unknown][] => {
    const value = claimAt(claims, path);
    if (value === undefined) return [];
    return [[path, JSON.stringify(value).length > maxClaimLength ? '(too long)' : value]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
