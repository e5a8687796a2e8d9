import type { IssuerConfig } from '../config/config-schema.ts';
import type { Identity } from './identity.ts';
import { refused } from './refuse.ts';

type Claims = Readonly<Record<string, unknown>>;

const maxGroups = 10_000;
const thumbprint = /^[A-Za-z0-9_-]{43}$/;

/**
 * Makes the identity from claims that passed every check. Pure.
 * @throws AccessError `token-rejected` when groups or binding can't be read, so that nobody gets in with half of them.
 */
export function identityFromClaims(claims: Claims, issuer: IssuerConfig): Identity {
  const subject = String(claims['sub']);
  const username = issuer.claims.username.map((name) => text(claimAt(claims, name))).find((name) => name !== undefined);
  const authTime = claims['auth_time'];
  return Object.freeze({
    issuer: issuer.issuer,
    issuerName: issuer.name,
    subject,
    username: username ?? subject,
    name: text(claimAt(claims, issuer.claims.name)) ?? username ?? subject,
    email: text(claimAt(claims, issuer.claims.email)),
    groups: Object.freeze(readGroups(claims, issuer.claims.groups)),
    clientId: text(claims['client_id']) ?? text(claims['azp']),
    tokenId: text(claims['jti']),
    expiresAtMs: Number(claims['exp']) * 1000,
    authTimeMs: typeof authTime === 'number' && Number.isFinite(authTime) ? authTime * 1000 : undefined,
    jkt: readBinding(claims),
  });
}

/** A claim by its own name or else, with dots, by its path: `realm_access.roles`. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}

/** Names are shown, logged and sent upstream: short, and without characters that steer anything. */
function text(value: unknown): string | undefined {
  const usable = typeof value === 'string' && value !== '' && value.length <= 256 && !/[\p{Cc}\p{Cf}]/u.test(value);
  return usable ? value : undefined;
}

function readGroups(claims: Claims, name: string): readonly string[] {
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

function readBinding(claims: Claims): string | undefined {
  if (!Object.hasOwn(claims, 'cnf')) return undefined;
  const binding = claims['cnf'];
  if (typeof binding !== 'object' || binding === null) throw refused('has a cnf claim that isn’t an object');
  const { jkt, ...others } = binding as Claims;
  if (Object.keys(others).length > 0 || typeof jkt !== 'string' || !thumbprint.test(jkt))
    throw refused('is bound in a way that the relay can’t check (cnf)');
  return jkt;
}
