import { describe, expect, it } from 'vitest';
import { AccessError } from '../../../shared/errors.ts';
import { checkToken } from '../../../relay/identity/check-token.ts';
import { identityFromClaims } from '../../../relay/identity/identity-from-claims.ts';
import { claimsFor, issuerConfig } from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const issuer = 'https://idp.example';
const lenient = issuerConfig(issuer, { typ: 'any' });
const identityOf = (claims: Readonly<Record<string, unknown>>): ReturnType<typeof identityFromClaims> =>
  identityFromClaims(claimsFor(issuer, nowMs, claims), lenient, []);

describe('whether a token is a person’s or a service’s', () => {
  const cases: readonly [name: string, claims: Record<string, unknown>, kind: string][] = [
    ['a person', {}, 'person'],
    [
      'a person with a session whose user name looks like a service account',
      { azp: 'x', preferred_username: 'service-account-x', sid: 's' },
      'person',
    ],
    ['client credentials: the subject is the client (RFC 9068)', { sub: 'ci', client_id: 'ci' }, 'service'],
    ['Okta: the subject is cid', { client_id: undefined, cid: '0oa1', sub: '0oa1' }, 'service'],
    ['Entra: idtyp app', { idtyp: 'app' }, 'service'],
    ['Entra: an object id without scopes', { azp: 'a', oid: 'o', sub: 'o', tid: 't' }, 'service'],
    ['Entra: a person’s token', { azp: 'a', oid: 'o', sub: 's', tid: 't', scp: 'access' }, 'person'],
    ['Auth0: gty', { sub: 'abc@clients', gty: 'client-credentials' }, 'service'],
    [
      'Keycloak: a service account',
      { client_id: undefined, azp: 'ci', preferred_username: 'service-account-ci' },
      'service',
    ],
  ];
  for (const [name, claims, kind] of cases)
    it(`${name}: ${kind}`, () => {
      expect(identityOf(claims).kind).toBe(kind);
    });
});

describe('what rules may look at', () => {
  it('is acr, scopes, the provider’s session and the time of the sign-in', () => {
    const identity = identityOf({ acr: 'mfa', scope: 'a b  a', sid: 's1', auth_time: 1_700_000_000 });
    expect(identity).toMatchObject({
      acr: 'mfa',
      scopes: ['a', 'b'],
      providerSessionId: 's1',
      authTimeMs: 1_700_000_000_000,
    });
    expect(identityOf({ scp: ['a', 'b'] }).scopes).toEqual(['a', 'b']);
    expect(identityOf({ scp: 'a b' }).scopes).toEqual(['a', 'b']);
    expect(identityOf({ scope: 7 }).scopes).toEqual([]);
  });

  it('holds the token’s other claims, and none of the protocol’s, the groups, or what is large', () => {
    const { claims } = identityOf({
      department: 'finance',
      level: 3,
      contractor: false,
      address: { country: 'DE' },
      long: 'x'.repeat(2000),
      many: Array.from({ length: 1000 }, () => 'x'),
      deep: { a: { b: { c: { d: 1 } } } },
      nothing: null,
    });
    expect(claims).toEqual({
      department: 'finance',
      level: 3,
      contractor: false,
      address: { country: 'DE' },
      preferred_username: 'alice',
      client_id: 'causeway',
    });
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`c${i}`, i]));
    expect(Object.keys(identityOf(many).claims)).toHaveLength(64);
  });
});

describe('the binding of a token', () => {
  const thumb = 'A'.repeat(43);
  it('is a key, a certificate, or both', () => {
    expect(identityOf({ cnf: { jkt: thumb } })).toMatchObject({ jkt: thumb, certificateSha256: undefined });
    expect(identityOf({ cnf: { 'x5t#S256': thumb } })).toMatchObject({ jkt: undefined, certificateSha256: thumb });
    expect(identityOf({ cnf: { 'x5t#S256': thumb, jkt: thumb } })).toMatchObject({
      jkt: thumb,
      certificateSha256: thumb,
    });
  });
  for (const cnf of [{}, null, 'x', { 'x5t#S256': 'short' }, { 'x5t#S256': 7 }, { jkt: thumb, kid: 'k' }])
    it(`is refused when it can’t be read: ${JSON.stringify(cnf)}`, () => {
      expect(() => identityOf({ cnf })).toThrow(AccessError);
    });
});

describe('an access token with a nonce, as Keycloak sends it', () => {
  const check =
    (header: object, claims: Record<string, unknown>, config = lenient) =>
    (): void =>
      checkToken(
        { header: { alg: 'ES256', ...header }, claims: claimsFor(issuer, nowMs, { nonce: 'n', ...claims }) },
        config,
        nowMs,
      );

  it('passes when its header or a claim says that it is an access token', () => {
    expect(check({ typ: 'at+jwt' }, {}, issuerConfig(issuer))).not.toThrow();
    expect(check({ typ: 'JWT' }, { typ: 'Bearer' })).not.toThrow();
    expect(check({ typ: 'JWT' }, { typ: 'DPoP' })).not.toThrow();
    expect(check({ typ: 'JWT' }, { token_use: 'access' })).not.toThrow();
  });
  it('is refused when nothing says so, or when it says that it is an ID token', () => {
    expect(check({ typ: 'JWT' }, {})).toThrow(/ID token/);
    expect(check({ typ: 'JWT' }, { typ: 'ID' })).toThrow(/typ claim/);
    expect(check({ typ: 'at+jwt' }, { at_hash: 'h' })).toThrow(/at_hash/);
  });
});
