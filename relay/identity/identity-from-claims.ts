import { reason as sentence } from '../../shared/reason.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import { groupsForRules } from './groups-from-claims.ts';
import { identityKind } from './identity-kind.ts';
import type { Identity } from './identity.ts';
import { readSubject } from './read-subject.ts';
import { refused } from './refuse.ts';
import { ruleClaims } from './rule-claims.ts';
import { steers } from '../../shared/shown-text.ts';

type Claims = Readonly<Record<string, unknown>>;

const clientIdClaims = ['client_id', 'azp', 'cid', 'appid'];
const thumbprint = /^[A-Za-z0-9_-]{43}$/;

/**
 * Makes the identity from claims that passed every check, and groups as the provider names them. Pure.
 * @throws AccessError `token-rejected` when the binding can't be read.
 */
export function identityFromClaims(claims: Claims, issuer: IssuerConfig, groups: readonly string[]): Identity {
  const subject = readSubject(claims, issuer);
  const username = firstText(claims, issuer.claims.username);
  return Object.freeze({
    kind: issuer.identity_kind === 'auto' ? identityKind(claims) : issuer.identity_kind,
    issuer: issuer.issuer,
    issuerName: issuer.name,
    subject,
    username: username ?? subject,
    name: text(claimAt(claims, issuer.claims.name)) ?? username ?? subject,
    email: text(claimAt(claims, issuer.claims.email)),
    groups: Object.freeze(groupsForRules(groups, issuer.claims)),
    clientId: firstText(claims, clientIdClaims),
    tokenId: text(claims['jti']),
    // A token is accepted until its leeway is over, so what it opens lasts as long.
    expiresAtMs: Number(claims['exp']) * 1000 + issuer.clock_leeway_seconds * 1000,
    issuedAtMs: typeof claims['iat'] === 'number' ? claims['iat'] * 1000 : undefined,
    authTimeMs: readAuthTimeMs(claims['auth_time']),
    acr: text(claims['acr']),
    scopes: Object.freeze(readScopes(claims)),
    providerSessionId: text(claims['sid']),
    claims: ruleClaims(claims, [issuer.claims.groups].flat()),
    ...readBinding(claims),
  });
}

/** Seconds (OpenID Connect Core 1.0 §2); AD FS writes a date into its access tokens. */
function readAuthTimeMs(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value)) {
    const timeMs = Date.parse(value);
    return Number.isFinite(timeMs) ? timeMs : undefined;
  }
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined;
}

function firstText(claims: Claims, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const value = text(claimAt(claims, path));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Names are shown, logged and sent upstream: short, and without characters that steer anything. */
function text(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > 256) return undefined;
  return /^[\x20-\x7E]*$/.test(value) || !steers(value) ? value : undefined;
}

/** `scope` is one text with spaces (RFC 9068 §2.2.3); Okta sends `scp` as a list, Microsoft as one text. */
function readScopes(claims: Claims): readonly string[] {
  const value = claims['scope'] ?? claims['scp'];
  const scopes: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return [...new Set(scopes.slice(0, 256).filter((scope) => typeof scope === 'string' && scope !== ''))] as string[];
}

function readBinding(claims: Claims): Pick<Identity, 'jkt' | 'certificateSha256'> {
  if (!Object.hasOwn(claims, 'cnf')) return { jkt: undefined, certificateSha256: undefined };
  const binding = claims['cnf'];
  if (typeof binding !== 'object' || binding === null)
    throw refused('has a cnf claim that isn’t an object', sentence('token-binding', { mark: 'cnf' }));
  const { jkt, 'x5t#S256': certificateSha256, ...others } = binding as Claims;
  const isThumbprint = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === 'string' && thumbprint.test(value));
  const isEmpty = jkt === undefined && certificateSha256 === undefined;
  if (isEmpty || Object.keys(others).length > 0 || !isThumbprint(jkt) || !isThumbprint(certificateSha256))
    throw refused('is bound in a way that the relay can’t check (cnf)', sentence('token-binding', { mark: 'cnf' }));
  return { jkt, certificateSha256 };
}
