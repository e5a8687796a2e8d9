import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState, ProfileSnapshot } from '../../shared/snapshot.ts';
import { catalogOf, connectionOf } from './current-profile.ts';
import { text } from '../../shared/messages/text.ts';
import { hasWords, searchWords } from './search-words.ts';

export type ApiFilter = 'all' | 'connected' | 'locked';

export interface ApiRow {
  readonly type: 'api';
  readonly api: CatalogEntry;
  readonly connection: ConnectionState;
  readonly port: number | null;
  readonly favourite: boolean;
  /** Place in its group, for the group's rounded edges. */
  readonly first: boolean;
  readonly last: boolean;
}

export interface ApiHeading {
  readonly type: 'heading';
  readonly title: string;
}

export type ApiListItem = ApiHeading | ApiRow;

/** What the list is made of. */
export type ListedProfile = Pick<ProfileSnapshot, 'catalog' | 'connections' | 'ports' | 'favourites'>;

/** The list as shown: headings and rows in one flat sequence, so that it can be virtualised. */
export function apiListOf(profile: ListedProfile, filter: ApiFilter, search: string): ApiListItem[] {
  const favourites = new Set(profile.favourites);
  const words = searchWords(search);
  const groups: Record<'favourite' | 'open' | 'locked', CatalogEntry[]> = { favourite: [], open: [], locked: [] };
  for (const api of catalogOf(profile)?.apis ?? []) {
    const connection = connectionOf(profile, api.id);
    if (filter === 'connected' && connection.status === 'off') continue;
    if (filter === 'locked' && api.access !== 'locked' && api.lock === undefined) continue;
    if (!matches(api, words)) continue;
    groups[api.access === 'locked' ? 'locked' : favourites.has(api.id) ? 'favourite' : 'open'].push(api);
  }
  const openTitle = groups.favourite.length > 0 ? text('apis.more') : text('apis.yours');
  return [
    ...section(text('apis.favourites'), groups.favourite, profile, favourites),
    ...section(openTitle, groups.open, profile, favourites),
    ...section(text('apis.locked'), groups.locked, profile, favourites),
  ];
}

function matches({ name, id, description }: CatalogEntry, words: readonly string[]): boolean {
  return words.length === 0 || hasWords(`${name} ${id} ${description}`.toLocaleLowerCase(), words);
}

function section(
  title: string,
  apis: readonly CatalogEntry[],
  profile: ListedProfile,
  favourites: ReadonlySet<string>,
): ApiListItem[] {
  if (apis.length === 0) return [];
  const sorted = apis.toSorted((one, other) => one.name.localeCompare(other.name));
  const rows = sorted.map((api, index): ApiRow => ({
    type: 'api',
    api,
    connection: connectionOf(profile, api.id),
    port: profile.ports[api.id]?.port ?? api.suggestedPort ?? null,
    favourite: favourites.has(api.id),
    first: index === 0,
    last: index === sorted.length - 1,
  }));
  return [{ type: 'heading', title }, ...rows];
}

/** Favourites that may be connected and aren't. */
export function favouritesToConnect(profile: ProfileSnapshot): string[] {
  const favourites = new Set(profile.favourites);
  return (catalogOf(profile)?.apis ?? [])
    .filter((api) => favourites.has(api.id) && api.access === 'open')
    .filter((api) => ['off', 'failed'].includes(connectionOf(profile, api.id).status))
    .map((api) => api.id);
}

/** Gives each list with the rows of the one before wherever they say the same, so that only changed rows are drawn again. */
export function createRowKeeper(): (items: readonly ApiListItem[]) => readonly ApiListItem[] {
  let before: readonly ApiListItem[] = [];
  return (items) => (before = keepSameRows(before, items));
}

function keepSameRows(before: readonly ApiListItem[], after: readonly ApiListItem[]): readonly ApiListItem[] {
  const known = new Map(before.map((item) => [keyOf(item), item]));
  const kept = after.map((item) => {
    const earlier = known.get(keyOf(item));
    return earlier !== undefined && isSameItem(earlier, item) ? earlier : item;
  });
  return kept.length === before.length && kept.every((item, index) => item === before[index]) ? before : kept;
}

function keyOf(item: ApiListItem): string {
  return item.type === 'api' ? `api-${item.api.id}` : `heading-${item.title}`;
}

function isSameItem(one: ApiListItem, other: ApiListItem): boolean {
  const [first, second] = [Object.entries(one), Object.entries(other) as readonly (readonly [string, unknown])[]];
  return first.length === second.length && first.every(([, value], index) => Object.is(value, second[index]?.[1]));
}
