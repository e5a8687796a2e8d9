import { reason as sentence } from '../../shared/reason.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import { refused } from './refuse.ts';

type Claims = Readonly<Record<string, unknown>>;

const maxGroups = 10_000;

/** The groups that a token names, and whether the provider says that it left some out. */
export interface TokenGroups {
  readonly values: readonly string[];
  /** The claim whose groups were too many for the token. */
  readonly overage: string | undefined;
}

/**
 * Groups of a token from all configured claims, each a list or one text, as the provider writes them. Pure.
 * @throws AccessError `token-rejected` when one can't be read.
 */
export function readGroups(claims: Claims, paths: IssuerConfig['claims']['groups']): TokenGroups {
  const found = new Set<string>();
  let overage: string | undefined;
  for (const path of [paths].flat()) {
    const value = claimAt(claims, path);
    if (value === undefined || value === null) {
      if (hasOverage(claims, path)) overage ??= path;
    } else {
      for (const group of groupNames(value, path)) found.add(group);
      if (found.size > maxGroups)
        throw refused(`names more than ${maxGroups} groups`, sentence('token-too-many-groups', { most: maxGroups }));
    }
  }
  return { values: [...found], overage };
}

/**
 * Names in a list, one text, or the keys of an object of objects (Zitadel’s roles). An entry may be an object with a
 * `name`, or itself such an object of objects, and null entries say nothing. Any other entry must be a name, so that a
 * deny rule is never missed.
 * @throws AccessError `token-rejected`
 */
function groupNames(value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  const entries: readonly unknown[] | undefined = Array.isArray(value) ? value : keysOfObjects(value);
  if (entries === undefined)
    throw refused(
      `has a ${path} claim that is neither a list nor a string`,
      sentence('token-groups-unreadable', { claim: path }),
    );
  const names = entries.flatMap(namesOf).filter((entry) => entry !== null);
  if (entries.length > maxGroups || names.length > maxGroups)
    throw refused(`names more than ${maxGroups} groups`, sentence('token-too-many-groups', { most: maxGroups }));
  return names.map((name) => {
    if (typeof name !== 'string' || name === '' || name.length > 256)
      throw refused(
        `has a ${path} claim with an entry that isn’t a group name`,
        sentence('token-groups-unreadable', { claim: path }),
      );
    return name;
  });
}

/** What one entry of a list names; what can’t be read stays as it is. */
function namesOf(entry: unknown): readonly unknown[] {
  if (!isObject(entry)) return [entry];
  if (typeof entry['name'] === 'string' && Object.hasOwn(entry, 'name')) return [entry['name']];
  const keys = Object.hasOwn(entry, '__proto__') ? undefined : keysOfObjects(entry);
  return keys === undefined || keys.length === 0 ? [entry] : keys;
}

/** Undefined for what isn’t an object, or has a value that isn’t one: nobody can say what that names. */
function keysOfObjects(value: unknown): readonly string[] | undefined {
  return isObject(value) && Object.values(value).every(isObject) ? Object.keys(value) : undefined;
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Microsoft Entra ID: groups that don't fit are replaced by a pointer (`_claim_names`) or a flag (`hasgroups`). */
function hasOverage(claims: Claims, name: string): boolean {
  const elsewhere = claims['_claim_names'];
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, name)) return true;
  return name === 'groups' && (claims['hasgroups'] === true || claims['hasgroups'] === 'true');
}

/** What rules see of the provider's groups: with the groups above them, when wanted, and under their mapped names. Pure. */
export function groupsForRules(values: readonly string[], settings: IssuerConfig['claims']): readonly string[] {
  const all = settings.group_paths === 'ancestors' ? values.flatMap(withAncestors) : values;
  const isMapped = Object.keys(settings.mapping).length > 0;
  const groups = new Set<string>();
  for (const value of all) {
    const names = Object.hasOwn(settings.mapping, value) ? settings.mapping[value] : undefined;
    if (names !== undefined) for (const name of [names].flat()) groups.add(name);
    else if (!isMapped || settings.unmapped === 'keep') groups.add(value);
  }
  return [...groups];
}

/** `/a/b/c` is also in `/a/b` and `/a`. */
function withAncestors(path: string): readonly string[] {
  if (!path.startsWith('/')) return [path];
  const paths: string[] = [];
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) paths.push(path.slice(0, end));
  return paths;
}
