import type { ActivityEntry } from '../../shared/activity.ts';
import { type CauseFacts, causeOf } from '../../shared/cause.ts';
import { causeText } from '../../shared/cause-text.ts';
import type { Catalog, CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { text } from '../../shared/messages/text.ts';

/** The profile that the window shows, or null before the first sign-in. */
export function currentProfileOf(snapshot: Snapshot): ProfileSnapshot | null {
  return snapshot.profiles.find((profile) => profile.id === snapshot.currentProfileId) ?? null;
}

/** The profile's catalog, or null while there is none. */
export function catalogOf(profile: Pick<ProfileSnapshot, 'catalog'>): Catalog | null {
  return profile.catalog.status === 'ready' ? profile.catalog.catalog : null;
}

/** State of one API's local listener; an API that isn't listed is off. */
export function connectionOf(profile: Pick<ProfileSnapshot, 'connections'>, api: string): ConnectionState {
  return profile.connections[api] ?? { status: 'off' };
}

/** What open listeners wait for before a request gets through; null when nothing is missing. */
export function waitsFor(profile: CauseFacts): string | null {
  const cause = causeOf(profile);
  return cause === null ? null : causeText(cause).awaited;
}

/** How many APIs can be used right now: their listener is open and nothing is missing behind it. */
export function connectedCount(profile: ProfileSnapshot): number {
  return waitsFor(profile) === null ? openCount(profile) : 0;
}

function openCount({ connections }: ProfileSnapshot): number {
  return Object.values(connections).filter((connection) => connection.status === 'on').length;
}

/** The whole list in a line: how many APIs are unlocked, and how many of them are connected or wait for something. */
export function summaryOf(profile: ProfileSnapshot, apis: readonly CatalogEntry[]): string {
  const unlocked = apis.filter((api) => api.access === 'open').length;
  if (unlocked === 0) return text('apis.summary.none');
  const open = openCount(profile);
  const missing = open === 0 ? null : waitsFor(profile);
  const state =
    missing === null
      ? text('apis.summary.connected', { open })
      : text('apis.summary.waiting-for', { open, awaited: missing });
  const locked = apis.filter((api) => api.access === 'open' && api.lock !== undefined).length;
  return locked === 0
    ? text('apis.summary', { unlocked, state })
    : text('apis.summary.locked', { unlocked, state, locked });
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
