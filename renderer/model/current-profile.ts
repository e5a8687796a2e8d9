import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog, CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';

/** The profile that the window shows, or null before the first sign-in. */
export function currentProfileOf(snapshot: Snapshot): ProfileSnapshot | null {
  return snapshot.profiles.find((profile) => profile.id === snapshot.currentProfileId) ?? null;
}

/** The profile's catalog, or null while there is none. */
export function catalogOf(profile: ProfileSnapshot): Catalog | null {
  return profile.catalog.status === 'ready' ? profile.catalog.catalog : null;
}

/** State of one API's local listener; an API that isn't listed is off. */
export function connectionOf(profile: ProfileSnapshot, api: string): ConnectionState {
  return profile.connections[api] ?? { status: 'off' };
}

/** How many APIs have an open local listener. */
export function connectedCount(profile: ProfileSnapshot): number {
  return Object.values(profile.connections).filter((connection) => connection.status === 'on').length;
}

/** An API's name as people know it; its id when the catalog doesn't list it. */
export function apiName(catalog: Catalog | null, api: string): string {
  return catalog?.apis.find((entry: CatalogEntry) => entry.id === api)?.name ?? api;
}

/** The newest entries of one API, newest first, at most `limit`. */
export function lastRequestsOf(activity: readonly ActivityEntry[], api: string, limit: number): ActivityEntry[] {
  const found: ActivityEntry[] = [];
  for (let index = activity.length - 1; index >= 0 && found.length < limit; index -= 1) {
    const entry = activity[index];
    if (entry?.api === api) found.push(entry);
  }
  return found;
}
