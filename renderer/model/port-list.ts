import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { catalogOf, connectionOf } from './current-profile.ts';

/** Open APIs that have a port: pinned first, then connected, then by name. */
export function portsInUse(profile: ProfileSnapshot): CatalogEntry[] {
  const rank = ({ id }: CatalogEntry) => {
    if (profile.ports[id]?.pinned === true) return 0;
    return connectionOf(profile, id).status === 'off' ? 2 : 1;
  };
  return (catalogOf(profile)?.apis ?? [])
    .filter((api) => api.access === 'open' && profile.ports[api.id] !== undefined)
    .toSorted((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}
