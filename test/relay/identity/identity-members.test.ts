import { describe, expect, it } from 'vitest';
import { identityFromClaims } from '../../../relay/identity/identity-from-claims.ts';
import { claimsFor, issuerConfig } from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const issuer = issuerConfig('https://idp.example', { typ: 'any' });
const identityOf = (claims: Readonly<Record<string, unknown>>) =>
  identityFromClaims(claimsFor('https://idp.example', nowMs, { name: 'Alice', ...claims }), issuer, []);
const jkt = 'A'.repeat(43);

describe('what an identity says', () => {
  it.each<[claims: Record<string, unknown>, said: object]>([
    [{ name: 'x'.repeat(256) }, { name: 'x'.repeat(256) }],
    [{ name: 'Zoë Ü' }, { name: 'Zoë Ü' }],
    ...['', 'x'.repeat(257), 7, ['a'], null, 'a\nb', 'a\u202eb'].map((name): [Record<string, unknown>, object] => [
      { name, email: name, acr: name, sid: name, jti: name },
      { name: 'alice', email: undefined, acr: undefined, providerSessionId: undefined, tokenId: undefined },
    ]),
    [
      { preferred_username: undefined, name: undefined },
      { username: 'subject-alice', name: 'subject-alice' },
    ],
    [{ scope: ['a', 7, '', null, 'b', 'a'] }, { scopes: ['a', 'b'] }],
    [{ scope: ' a  b ' }, { scopes: ['a', 'b'] }],
    [{ scope: '', scp: 'c' }, { scopes: [] }],
    [{ scope: { a: 1 } }, { scopes: [] }],
    [{ auth_time: 1.5 }, { authTimeMs: 1500 }],
    [{ auth_time: '2026-01-05T10:00:00Z' }, { authTimeMs: Date.UTC(2026, 0, 5, 10) }],
    [{ auth_time: '2026-01-05T10:00:00.123456789Z' }, { authTimeMs: Date.UTC(2026, 0, 5, 10, 0, 0, 123) }],
    [{ auth_time: '2026-01-05T10:00:00' }, { authTimeMs: undefined }],
    [{ auth_time: '2026-13-05T10:00:00Z' }, { authTimeMs: undefined }],
    [{ auth_time: ['2026-01-05T10:00:00Z'] }, { authTimeMs: undefined }],
    [{ auth_time: 'yesterday' }, { authTimeMs: undefined }],
    [{ auth_time: Number.POSITIVE_INFINITY }, { authTimeMs: undefined }],
    [{ iat: 7 }, { issuedAtMs: 7000 }],
    [{ iat: '7' }, { issuedAtMs: undefined }],
    [{ exp: nowMs / 1000 }, { expiresAtMs: nowMs + issuer.clock_leeway_seconds * 1000 }],
    [{ client_id: 'a', azp: 'b' }, { clientId: 'a' }],
    [{ client_id: undefined, azp: 'b', cid: 'c' }, { clientId: 'b' }],
    [{ client_id: undefined, cid: 'c', appid: 'd' }, { clientId: 'c' }],
    [{ client_id: undefined, appid: 'd' }, { clientId: 'd' }],
    [{ cnf: undefined }, { jkt: undefined, certificateSha256: undefined }],
    [{ cnf: { jkt } }, { jkt, certificateSha256: undefined }],
    [{ cnf: { 'x5t#S256': jkt } }, { jkt: undefined, certificateSha256: jkt }],
    [{ cnf: { jkt, 'x5t#S256': jkt } }, { jkt, certificateSha256: jkt }],
  ])('by %j is %j', (claims, said) => {
    const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    const left = Object.keys(claims).filter((name) => claims[name] === undefined);
    const all = Object.fromEntries(
      Object.entries(claimsFor('https://idp.example', nowMs, { name: 'Alice', ...given })).filter(
        ([name]) => !left.includes(name),
      ),
    );
    expect(identityFromClaims(all, issuer, [])).toMatchObject(said);
  });

  it('holds 256 scopes and no more', () => {
    const scp = Array.from({ length: 257 }, (_, index) => `s${index}`);
    expect(identityOf({ scp }).scopes).toEqual(scp.slice(0, 256));
  });

  it.each<[cnf: unknown]>([
    [null],
    ['jkt'],
    [[]],
    [{}],
    [{ jkt: undefined }],
    [{ jkt: 'A'.repeat(42) }],
    [{ jkt: 'A'.repeat(44) }],
    [{ jkt: `${'A'.repeat(42)}=` }],
    [{ jkt: 7 }],
    [{ jkt: [jkt] }],
    [{ 'x5t#S256': [jkt] }],
    [{ jkt, kid: 'a' }],
    [{ jkt, 'x5t#S256': 'short' }],
    [{ jwk: {} }],
  ])('is nobody’s when it is bound by %j', (cnf) => {
    expect(() => identityOf({ cnf })).toThrow(/cnf/);
  });
});
