import type { ShownRequest } from '../../shared/access-request.ts';
import type { Catalog, CatalogEntry } from '../../shared/catalog.ts';
import { currentLocale } from '../../shared/messages/language.ts';
import { text } from '../../shared/messages/text.ts';
import { noteText } from '../../shared/note-text.ts';
import type { Requestable } from './access-request.ts';
import { apiName } from './current-profile.ts';
import { permissionText } from './permission-text.ts';
import { hasWords, searchWords } from './search-words.ts';

/** What the Access screen is about. */
export interface AccessParts {
  readonly requests: readonly ShownRequest[];
  /** Roles that count at all APIs. */
  readonly roles: readonly Requestable[];
  readonly apis: readonly CatalogEntry[];
}

/** What of it fits a search. */
export interface FoundAccess {
  /** Whether anything is looked for; without, everything is here. */
  readonly isSearch: boolean;
  /** Whether what is known of the person is part of it. */
  readonly person: boolean;
  readonly requests: readonly ShownRequest[];
  readonly roles: readonly Requestable[];
  /** APIs that the person may use, and those that are locked. */
  readonly open: readonly CatalogEntry[];
  readonly locked: readonly CatalogEntry[];
  readonly count: number;
}

/**
 * Finds APIs by their names, owners, rules and the groups that open them, roles by name, requests by all that they say,
 * and the person by name, address and groups.
 */
export function findAccess({ requests, roles, apis }: AccessParts, catalog: Catalog, search: string): FoundAccess {
  const words = searchWords(search);
  const has = (said: string): boolean => hasWords(said, words);
  const found = words.length === 0 ? apis : apis.filter((api) => has(saidOf(api)));
  const { name, email = '', groups } = catalog.person;
  const kept = {
    person: has([name, email, ...groups].join(' ').toLocaleLowerCase()),
    requests: words.length === 0 ? requests : requests.filter((request) => has(saidOfRequest(request, catalog))),
    roles: words.length === 0 ? roles : roles.filter(({ role }) => has(role.toLocaleLowerCase())),
    open: found.filter(({ access }) => access === 'open'),
    locked: found.filter(({ access }) => access === 'locked'),
  };
  const count = Number(kept.person) + kept.requests.length + kept.roles.length + found.length;
  return { ...kept, isSearch: words.length > 0, count };
}

/** By entry, as long as texts are made in the same language: thousands of rules are put into words once. */
let known: { readonly locale: string; readonly texts: WeakMap<CatalogEntry, string> } | null = null;

function saidOf(api: CatalogEntry): string {
  const locale = currentLocale();
  if (known?.locale !== locale) known = { locale, texts: new WeakMap() };
  const before = known.texts.get(api);
  if (before !== undefined) return before;
  const { id, name, description, owner = '', unlockedBy, permissions, requestable = [] } = api;
  const rules = permissions.flatMap((permission) => [permissionText(permission), ...permission.unlockedBy]);
  const roles = requestable.map(({ role }) => role);
  const said = [name, id, description, owner, ...unlockedBy, ...roles, ...rules].join(' ').toLocaleLowerCase();
  known.texts.set(api, said);
  return said;
}

function saidOfRequest(request: ShownRequest, catalog: Catalog): string {
  const { id, api, role, reason, decidedBy } = request;
  const name = api === null ? text('requests.all-apis') : `${apiName(catalog, api)} ${api}`;
  return [id, name, role, reason, decidedBy ?? '', noteText(request) ?? ''].join(' ').toLocaleLowerCase();
}
