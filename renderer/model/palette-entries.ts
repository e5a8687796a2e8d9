import type { CatalogEntry } from '../../shared/catalog.ts';
import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';
import { profileLabels } from '../../shared/profile-labels.ts';
import type { Settings } from '../../shared/settings.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { addressHost } from './relay-address.ts';
import { favouritesToConnect } from './api-list.ts';
import { catalogOf, connectionOf, currentProfileOf } from './current-profile.ts';

/** What an action of the palette does. */
export type PaletteAction =
  | { readonly type: 'connect'; readonly profileId: string; readonly apis: readonly string[] }
  | { readonly type: 'disconnect'; readonly profileId: string; readonly apis: readonly string[] }
  | { readonly type: 'sign-in'; readonly profile: ProfileSnapshot }
  | { readonly type: 'add-relay' | 'search-apis' | 'denied-requests' }
  | { readonly type: 'theme'; readonly theme: Settings['theme'] };

interface Common {
  /** Unique in the palette. */
  readonly key: string;
  readonly name: string;
  /** State or address, in grey behind the name. */
  readonly note: string;
  /** Further words by which it is found. */
  readonly alsoFoundBy: string;
}

/** One line of the palette. */
export type PaletteEntry = Common &
  (
    | {
        readonly kind: 'api';
        readonly profileId: string;
        readonly api: CatalogEntry;
        readonly connection: ConnectionState;
      }
    | { readonly kind: 'relay'; readonly profile: ProfileSnapshot }
    | { readonly kind: 'screen'; readonly screen: string }
    | { readonly kind: 'action'; readonly action: PaletteAction }
  );

/** Lines of a kind that are shown at once: nobody reads more, and thousands would make each key slow. */
const mostOfKind = { api: 12, relay: 6, screen: 8, action: 10 } as const;

/** All that the palette finds, in the order of its groups; screens come with their names from the sidebar. */
export function paletteEntries(
  snapshot: Snapshot,
  screens: readonly { readonly id: string; readonly name: string }[],
): readonly PaletteEntry[] {
  const current = currentProfileOf(snapshot);
  const profiles = snapshot.profiles.toSorted((one, other) => Number(other === current) - Number(one === current));
  const several = profiles.length > 1;
  const labels = profileLabels(snapshot.profiles);
  const labelOf = ({ id, relayName }: ProfileSnapshot): string => labels.get(id) ?? relayName;
  return [
    ...profiles.flatMap((profile) =>
      (catalogOf(profile)?.apis ?? []).map((api) =>
        apiEntry(profile, api, several && profile !== current ? labelOf(profile) : null),
      ),
    ),
    ...actionEntries(snapshot, current),
    ...screens.map(({ id, name }): PaletteEntry => ({ ...plain(`screen-${id}`, name), kind: 'screen', screen: id })),
    ...(several ? profiles.map((profile) => relayEntry(profile, labelOf(profile), profile === current)) : []),
  ];
}

/** What matches the search, best first within its kind; without a search, favourites and what is on come first. */
export function findInPalette(
  entries: readonly PaletteEntry[],
  search: string,
  favourites: readonly string[],
): readonly PaletteEntry[] {
  const wanted = folded(search);
  const words = wanted.split(/\s+/).filter((word) => word !== '');
  const ranked = entries.flatMap((entry) => {
    const rank = words.length === 0 ? restingRank(entry, favourites) : rankOf(entry, wanted, words);
    return rank === null ? [] : [{ entry, rank }];
  });
  const sorted = ranked.toSorted((one, other) => one.rank - other.rank).map(({ entry }) => entry);
  return (['api', 'action', 'screen', 'relay'] as const).flatMap((kind) =>
    sorted.filter((entry) => entry.kind === kind).slice(0, mostOfKind[kind]),
  );
}

function restingRank(entry: PaletteEntry, favourites: readonly string[]): number {
  if (entry.kind !== 'api') return 0;
  if (entry.api.access === 'locked') return 3;
  return entry.connection.status === 'on' ? 0 : favourites.includes(entry.api.id) ? 1 : 2;
}

/** How well an entry meets the search, 0 best; null when a word isn't in it. */
function rankOf({ name, alsoFoundBy }: PaletteEntry, wanted: string, words: readonly string[]): number | null {
  const title = folded(name);
  const whole = `${title} ${folded(alsoFoundBy)}`;
  if (!words.every((word) => whole.includes(word))) return null;
  if (title.startsWith(wanted)) return 0;
  if (title.split(/[\s-]+/).some((part) => part.startsWith(wanted))) return 1;
  return title.includes(wanted) ? 2 : 3;
}

/** Small letters without accents, so that “zur” finds “Zürich”. */
function folded(typed: string): string {
  return typed.trim().toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

function plain(key: string, name: string, note = '', alsoFoundBy = ''): Common {
  return { key, name, note, alsoFoundBy };
}

function apiEntry(profile: ProfileSnapshot, api: CatalogEntry, relay: string | null): PaletteEntry {
  const connection = connectionOf(profile, api.id);
  const state = api.access === 'locked' || api.lock !== undefined ? text('palette.api.locked') : stateOf(connection);
  const note = relay === null ? state : text('palette.api.at-relay', { state, relay });
  const found = `${api.id} ${api.description} ${api.look?.environment ?? ''} ${relay ?? profile.relayName}`;
  return {
    ...plain(`api-${profile.id}-${api.id}`, api.name, note, found),
    kind: 'api',
    profileId: profile.id,
    api,
    connection,
  };
}

function stateOf(connection: ConnectionState): string {
  if (connection.status === 'on') return addressHost(connection.address);
  return connection.status === 'failed' ? problemInWords(connection.problem).title : text('palette.api.off');
}

function relayEntry(profile: ProfileSnapshot, label: string, isCurrent: boolean): PaletteEntry {
  const host = addressHost(profile.relayUrl);
  const note = isCurrent ? text('palette.relay.current') : host;
  return { ...plain(`relay-${profile.id}`, label, note, host), kind: 'relay', profile };
}

function actionEntries({ settings }: Snapshot, current: ProfileSnapshot | null): readonly PaletteEntry[] {
  const action = (name: string, does: PaletteAction): PaletteEntry => ({
    ...plain(`action-${name}`, name),
    kind: 'action',
    action: does,
  });
  const profileId = current?.id ?? '';
  const toConnect = current === null ? [] : favouritesToConnect(current);
  const on = Object.entries(current?.connections ?? {}).flatMap(([api, { status }]) => (status === 'off' ? [] : [api]));
  const themes = (['light', 'dark', 'system'] as const).filter((theme) => theme !== settings.theme);
  return [
    ...(current === null || current.signIn.status === 'signed-in'
      ? []
      : [
          action(text('palette.sign-in', { relay: current.relayName }), {
            type: 'sign-in',
            profile: current,
          }),
        ]),
    ...(toConnect.length === 0
      ? []
      : [
          action(text('palette.connect-favourites', { count: toConnect.length }), {
            type: 'connect',
            profileId,
            apis: toConnect,
          }),
        ]),
    ...(on.length === 0
      ? []
      : [action(text('palette.switch-all-off', { count: on.length }), { type: 'disconnect', profileId, apis: on })]),
    action(text('palette.search-apis'), { type: 'search-apis' }),
    action(text('palette.denied-requests'), { type: 'denied-requests' }),
    action(text('palette.add-relay'), { type: 'add-relay' }),
    ...themes.map((theme) => action(text(`palette.theme.${theme}`), { type: 'theme', theme })),
  ];
}
