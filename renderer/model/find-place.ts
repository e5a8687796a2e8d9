import type { Place } from '../../shared/ipc.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';

/** Where a place that a link or notice names is in this window. */
export type FoundPlace =
  | { readonly status: 'api'; readonly profileId: string; readonly api: string }
  /** A request of the person's own, or one that the person decides on. */
  | { readonly status: 'request'; readonly profileId: string; readonly id: string; readonly mine: boolean }
  /** Several accounts have it: the person says which. */
  | { readonly status: 'several'; readonly profileIds: readonly string[] }
  /** The relay hasn't said yet. */
  | { readonly status: 'unknown-yet' }
  | { readonly status: 'nowhere' };

type Named = Extract<Place, { show: 'api' | 'request' }>;

/**
 * Looks at the relay that is named, else at all: of several accounts or relays with the same API, those where the person
 * may use it. Where more than one is left, nobody but the person knows which was meant. Pure.
 */
export function findPlace({ profiles }: Snapshot, place: Named): FoundPlace {
  const named = place.profileId === undefined ? profiles : profiles.filter(({ id }) => id === place.profileId);
  const unsaid = named.filter((profile) => profile.signIn.status !== 'signed-out' && !isSaid(profile, place));
  // Those that answer in a moment are waited for, so that the first one to answer isn't taken for the only one.
  if (unsaid.some(({ tunnel }) => tunnel.status === 'connecting')) return { status: 'unknown-yet' };
  const having = named.filter((profile) => inProfile(profile, place) !== null);
  const usable = having.filter((profile) => canUse(profile, place));
  const [first, ...more] = usable.length > 0 ? usable : having;
  if (first === undefined) return unsaid.length > 0 ? { status: 'unknown-yet' } : { status: 'nowhere' };
  if (more.length > 0) return { status: 'several', profileIds: [first, ...more].map(({ id }) => id) };
  return inProfile(first, place) ?? { status: 'nowhere' };
}

function inProfile(profile: ProfileSnapshot, place: Named): FoundPlace | null {
  const { id: profileId, catalog, requests } = profile;
  if (place.show === 'api') {
    const isThere = catalog.status === 'ready' && catalog.catalog.apis.some(({ id }) => id === place.api);
    return isThere ? { status: 'api', profileId, api: place.api } : null;
  }
  const request = requests?.requests.find(({ id }) => id === place.id);
  return request === undefined ? null : { status: 'request', profileId, id: request.id, mine: request.mine };
}

function canUse({ signIn, catalog }: ProfileSnapshot, place: Named): boolean {
  if (place.show !== 'api' || signIn.status !== 'signed-in' || catalog.status !== 'ready') return false;
  return catalog.catalog.apis.some(({ id, access }) => id === place.api && access === 'open');
}

/** Whether the relay has said all that could name the place. */
function isSaid({ catalog, requests }: ProfileSnapshot, { show }: Named): boolean {
  return show === 'api' ? catalog.status === 'ready' : requests !== undefined;
}
