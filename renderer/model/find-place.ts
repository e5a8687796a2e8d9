import type { Place } from '../../shared/ipc.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';

/** Where a place that a link or notice names is in this window. */
export type FoundPlace =
  | { readonly status: 'api'; readonly profileId: string; readonly api: string }
  /** A request of the person's own, or one that the person decides on. */
  | { readonly status: 'request'; readonly profileId: string; readonly id: string; readonly mine: boolean }
  /** The relay hasn't said yet. */
  | { readonly status: 'unknown-yet' }
  | { readonly status: 'nowhere' };

type Named = Extract<Place, { show: 'api' | 'request' }>;

/**
 * Looks at the relay that is named, else at the one in front first and then at the others: of two accounts or relays with
 * the same API, the one where the person may use it. Pure.
 */
export function findPlace({ profiles, currentProfileId }: Snapshot, place: Named): FoundPlace {
  const named = place.profileId === undefined ? profiles : profiles.filter(({ id }) => id === place.profileId);
  const inOrder = named.toSorted(
    (one, other) =>
      Number(other.id === currentProfileId) - Number(one.id === currentProfileId) ||
      Number(canUse(other, place)) - Number(canUse(one, place)),
  );
  const found = inOrder.map((profile) => inProfile(profile, place)).filter((each) => each !== null);
  const [first] = found;
  if (first !== undefined) return first;
  const isOpen = inOrder.some((profile) => profile.signIn.status !== 'signed-out' && !isSaid(profile, place));
  return isOpen ? { status: 'unknown-yet' } : { status: 'nowhere' };
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
