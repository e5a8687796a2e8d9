import { claimAt } from './claim-path.ts';
import { refused } from './refuse.ts';

type Claims = Readonly<Record<string, unknown>>;

const maxGroups = 10_000;

/**
 * Groups of a token, a list or one text. Pure.
 * @throws AccessError `token-rejected` when they can't be read, or when the provider left them out for their number.
 */
export function readGroups(claims: Claims, name: string): readonly string[] {
  const value = claimAt(claims, name);
  if (value === undefined || value === null) {
    if (hasOverage(claims, name))
      throw refused(
        `leaves out the groups because there are too many (${name} overage); let the provider send only groups assigned to the app`,
      );
    return [];
  }
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) throw refused(`has a ${name} claim that is neither a list nor a string`);
  if (value.length > maxGroups) throw refused(`names more than ${maxGroups} groups`);
  for (const group of value)
    if (typeof group !== 'string' || group === '' || group.length > 256)
      throw refused(`has a ${name} claim with an entry that isn’t a group name`);
  return [...new Set(value as string[])];
}

/** Microsoft Entra ID: groups that don't fit are replaced by a pointer (`_claim_names`) or a flag (`hasgroups`). */
function hasOverage(claims: Claims, name: string): boolean {
  const elsewhere = claims['_claim_names'];
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, name)) return true;
  return name === 'groups' && (claims['hasgroups'] === true || claims['hasgroups'] === 'true');
}
