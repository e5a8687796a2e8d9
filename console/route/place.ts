import { useSyncExternalStore } from 'react';

/** Where the files and pages of the console are. */
export const base = '/console/';

/** What the address says: the page, what of it is shown, and its filters. */
export interface Place {
  readonly page: string;
  /** Further parts of the path, decoded: `/console/people/alice` has `alice`. */
  readonly parts: readonly string[];
  readonly search: URLSearchParams;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody typed a lone percent sign: it means itself.
    return part;
  }
}

/** Reads path and query of an address. Pure. */
export function placeOf(pathname: string, search: string): Place {
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : '';
  const [page = '', ...parts] = path.split('/').map(decoded);
  return { page, parts: parts.filter((part) => part !== ''), search: new URLSearchParams(search) };
}

/** The address of a page, of one thing on it, and with filters; those that are empty are left out. */
export function hrefOf(
  page: string,
  parts: readonly string[] = [],
  filters: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const path = [page, ...parts].map(encodeURIComponent).join('/');
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value) query.set(name, value);
  return `${base}${path}${query.size === 0 ? '' : `?${query.toString()}`}`;
}

const moved = 'causeway-moved';
let last = { href: '', place: placeOf('', '') };

function current(): Place {
  const { pathname, search } = location;
  const href = `${pathname}${search}`;
  if (href !== last.href) last = { href, place: placeOf(pathname, search) };
  return last.place;
}

function subscribe(changed: () => void): () => void {
  addEventListener('popstate', changed);
  addEventListener(moved, changed);
  return () => {
    removeEventListener('popstate', changed);
    removeEventListener(moved, changed);
  };
}

/** Where the person is, live. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, current);
}

/** Goes to an address of the console; `replace` leaves no step in the history, as for each letter of a search. */
export function goTo(href: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  dispatchEvent(new Event(moved));
}

/** Changes filters of the page that is shown; those that become empty leave the address. */
export function setFilters(changes: Readonly<Record<string, string | null>>, replace = true): void {
  const { pathname } = location;
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  goTo(`${pathname}${query.size === 0 ? '' : `?${query.toString()}`}`, { replace });
}

/** One filter of the page, as the address has it: the value (empty for none), and how to change it. */
export function useFilter(name: string): readonly [value: string, change: (value: string) => void] {
  const { search } = usePlace();
  return [search.get(name) ?? '', (value) => setFilters({ [name]: value })];
}
