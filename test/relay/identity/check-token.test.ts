import { describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import { checkIdToken } from '../../../relay/identity/check-id-token.ts';
import { checkToken } from '../../../relay/identity/check-token.ts';
import { audience, claimsFor, issuerConfig } from './test-issuer.ts';

const issuer = 'https://sso.example';
const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;

type Given = Readonly<Record<string, unknown>>;
type Config = Partial<IssuerConfig>;

/** The claims as they arrive: what is undefined isn’t there. */
const arrived = (given: Given): Given => JSON.parse(JSON.stringify(claimsFor(issuer, nowMs, given))) as Given;

function check(claims: Given = {}, header: Given = {}, config: Config = {}): void {
  const token = { header: { alg: 'ES256', typ: 'at+jwt', ...header }, claims: arrived(claims) };
  checkToken(token, issuerConfig(issuer, config), nowMs);
}

/** Why it is refused; “taken” when it isn’t. */
function verdict(run: () => void): string {
  try {
    run();
    return 'taken';
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code ?? ''}: ${message}`;
  }
}

const any: Config = { typ: 'any' };

describe('the times of an access token', () => {
  it.each<[claims: Given, expected: RegExp, config?: Config]>([
    [{ exp: now - 59 }, /^taken/],
    [{ exp: now - 60, iat: now - 99 }, /^sign-in-expired: .* ended 60 s ago/],
    [{ iat: now - 99, exp: now - 59 }, /^taken/],
    [{ iat: now - 99, exp: now }, /^sign-in-expired: .* ended 0 s ago/, { clock_leeway_seconds: 0 }],
    [{ iat: now - 99, exp: now + 1 }, /^taken/, { clock_leeway_seconds: 0 }],
    [{ iat: now + 60 }, /^taken/],
    [{ iat: now + 61 }, /^clock-skew: .* iat is 61 s ahead/],
    [{ iat: now + 1 }, /^clock-skew: .* iat is 1 s ahead/, { clock_leeway_seconds: 0 }],
    [{ iat: now }, /^taken/, { clock_leeway_seconds: 0 }],
    [{ nbf: now + 60 }, /^taken/],
    [{ nbf: now + 60.5 }, /^clock-skew: .* nbf is 61 s ahead/],
    [{ iat: now, exp: now }, /ends before it was issued/],
    [{ iat: now, exp: now + 0.5 }, /^taken/],
    [{ exp: undefined }, /no exp claim/],
    [{ exp: 0 }, /exp claim that isn’t a time/],
    [{ exp: Number.NaN }, /exp claim that isn’t a time/],
    [{ exp: 8_640_000_000_001 }, /exp claim that isn’t a time/],
    [{ exp: 8_640_000_000_000 }, /^taken/],
    [{ nbf: 0 }, /nbf claim that isn’t a time/],
    [{ iat: '1' }, /iat claim that isn’t a time/],
  ])('%j: %s', (claims, expected, config) => {
    const given = { iat: now - 100, ...claims };
    expect(verdict(() => check(given, {}, config))).toMatch(expected);
  });

  it('may leave out iat only where any typ is taken', () => {
    const { iat: _iat, ...claims } = claimsFor(issuer, nowMs, { scope: 'x' });
    const of = (config: Config, typ: string) =>
      verdict(() => checkToken({ header: { alg: 'ES256', typ }, claims }, issuerConfig(issuer, config), nowMs));
    expect(of({}, 'at+jwt')).toMatch(/no iat claim/);
    expect(of(any, 'JWT')).toBe('taken');
  });
});

describe('the header of an access token', () => {
  it.each<[header: Given, expected: RegExp, config?: Config]>([
    [{ typ: 'application/at+jwt' }, /^taken/],
    [{ typ: 'AT+JWT' }, /^taken/],
    [{ typ: 'jwt' }, /typ “jwt” instead of at\+jwt/],
    [{ typ: 7 }, /typ number/],
    [{ typ: 'jwt' }, /^taken/, any],
    [{ typ: 'application/jwt' }, /^taken/, any],
    [{ typ: undefined }, /^taken/, any],
    [{ typ: 'id+jwt' }, /isn’t an access token/, any],
    [{ typ: 'logout+jwt' }, /isn’t an access token/, any],
    [{ typ: 7 }, /isn’t an access token/, any],
    [{ alg: 'HS256' }, /algorithm “HS256”/],
    [{ alg: 'none' }, /algorithm “none”/],
    [{ alg: ['ES256'] }, /algorithm object/],
    [{ alg: 'ES256' }, /algorithm “ES256”/, { algorithms: ['RS256'] }],
    [{ crit: [] }, /crit/],
    [{ b64: true }, /b64/],
    [{ jwk: null }, /jwk/],
    [{ jku: 'https://x.example' }, /jku/],
    [{ x5u: 'https://x.example' }, /x5u/],
    [{ x5c: [] }, /x5c/],
    [{ kid: '' }, /^taken/],
    [{ kid: 'x'.repeat(1024) }, /^taken/],
    [{ kid: 'x'.repeat(1025) }, /unusable kid/],
    [{ kid: null }, /unusable kid/],
  ])('%j: %s', (header, expected, config) => {
    expect(verdict(() => check({ scope: 'x' }, header, config))).toMatch(expected);
  });
});

describe('an access token', () => {
  const cognito: Config = { typ: 'any', audience_claim: 'client_id', audience: 'causeway' };
  const jwt = { typ: 'JWT' };

  it.each<[claims: Given, expected: RegExp, header?: Given, config?: Config]>([
    [{ aud: [audience, 'other'] }, /^taken/],
    [{ aud: ['other', audience] }, /^taken/],
    [{ aud: [audience, 'other'] }, /further audiences/, {}, { exclusive_audience: true }],
    [{ aud: [audience] }, /^taken/, {}, { exclusive_audience: true }],
    [{ aud: [] }, /meant for/],
    [{ aud: [audience, 7] }, /no usable aud/],
    [{ aud: { 0: audience } }, /no usable aud/],
    [{ aud: 'second' }, /^taken/, {}, { accepted_audiences: ['second'] }],
    [{ aud: 'third' }, /meant for “third”, not for https:\/\/relay\.example/, {}, { accepted_audiences: ['second'] }],
    [{ at_hash: 'x' }, /ID token \(at_hash\)/],
    [{ c_hash: 'x' }, /ID token \(c_hash\)/],
    [{ s_hash: 'x' }, /ID token \(s_hash\)/],
    [{ token_use: 'id' }, /token_use/],
    [{ token_use: 7 }, /token_use/],
    [{ token_use: 'access' }, /^taken/],
    [{ events: {} }, /logout or event token/],
    [{ htm: 'GET' }, /DPoP proof/],
    [{ htu: 'x' }, /DPoP proof/],
    [{ typ: 'ID' }, /typ claim/],
    [{ typ: 'Refresh' }, /typ claim/],
    [{ typ: 'Offline' }, /typ claim/],
    [{ typ: 'Logout' }, /typ claim/],
    [{ typ: 'Bearer' }, /^taken/],
    [{ typ: ['Bearer'], nonce: 'n' }, /ID token \(nonce\)/, jwt, any],
    [{ nonce: 'n' }, /^taken/],
    [{ nonce: 'n' }, /ID token \(nonce\)/, jwt, any],
    [{ nonce: 'n', typ: 'Bearer' }, /^taken/, jwt, any],
    [{ nonce: 'n', typ: 'DPoP' }, /^taken/, jwt, any],
    [{ nonce: 'n', typ: 'Bearers' }, /ID token \(nonce\)/, jwt, any],
    [{ nonce: 'n', token_use: 'access' }, /^taken/, jwt, any],
    [{ aud: [audience, 'causeway'] }, /its audience is the app/, jwt, any],
    ...['scp', 'scope', 'idtyp', 'roles'].map((name): [Given, RegExp, Given, Config] => [
      { aud: [audience, 'causeway'], [name]: 'x' },
      /^taken/,
      jwt,
      any,
    ]),
    [{ aud: undefined }, /doesn’t say that it is an access token/, jwt, cognito],
    [{ aud: undefined, token_use: 'access' }, /^taken/, jwt, cognito],
    [{ aud: undefined, token_use: 'access', client_id: 'other' }, /given to the app “other”/, jwt, cognito],
    [{ aud: undefined, token_use: 'access', client_id: ['causeway'] }, /no usable client_id/, jwt, cognito],
    [{ aud: 'other', token_use: 'access' }, /meant for “other”/, jwt, cognito],
    [{ sub: '' }, /no usable sub/],
    [{ sub: 'x'.repeat(1024) }, /^taken/],
    [{ sub: 'x'.repeat(1025) }, /no usable sub/],
    [{ mark: 1 }, /^taken/, {}, { access_token_claim: 'mark' }],
    [{}, /has no mark claim/, {}, { access_token_claim: 'mark' }],
    // A token for the app itself, which else would count as an ID token.
    [
      { aud: 'causeway', mark: 1 },
      /^taken/,
      { typ: 'JWT' },
      { ...any, audience: 'causeway', access_token_claim: 'mark' },
    ],
    [{ aud: 'causeway' }, /is an ID token \(its audience/, { typ: 'JWT' }, { ...any, audience: 'causeway' }],
    [{ mark: 1, nonce: 'n' }, /ID token \(nonce\)/, { typ: 'JWT' }, { ...any, access_token_claim: 'mark' }],
    [{ mark: null }, /has no mark claim/, {}, { access_token_claim: 'mark' }],
  ])('%j: %s', (claims, expected, header, config) => {
    expect(verdict(() => check(claims, header, config))).toMatch(expected);
  });
});

describe('an ID token in its place', () => {
  function checked(claims: Given, header: Given = {}, given: Config = {}): string {
    const token = {
      header: { alg: 'ES256', typ: 'JWT', ...header },
      claims: arrived({ aud: 'causeway', ...claims }),
    };
    const config = issuerConfig(issuer, { token_kind: 'id_token', audience: 'causeway', dpop: 'off', ...given });
    return verdict(() => checkIdToken(token, config, nowMs));
  }

  it.each<[claims: Given, expected: RegExp, header?: Given]>([
    [{}, /^taken/],
    [{}, /^taken/, { typ: undefined }],
    [{}, /^taken/, { typ: 'application/JWT' }],
    [{}, /isn’t an ID token/, { typ: 'at+jwt' }],
    [{}, /isn’t an ID token/, { typ: 'jwts' }],
    [{}, /isn’t an ID token/, { typ: 7 }],
    [{}, /isn’t an ID token/, { typ: ['JWT'] }],
    [{}, /algorithm/, { alg: 'HS256' }],
    [{}, /jwk/, { jwk: {} }],
    [{ scope: 'x' }, /access token \(scope\)/],
    [{ scp: 'x' }, /access token \(scp\)/],
    [{ cnf: {} }, /bound to a key/],
    [{ events: {} }, /logout or event token/],
    [{ htm: 'GET' }, /DPoP proof/],
    [{ htu: 'x' }, /DPoP proof/],
    [{ token_use: 'id' }, /^taken/],
    [{ token_use: 'access' }, /not an ID token/],
    [{ typ: 'ID' }, /^taken/],
    [{ typ: 'Refresh' }, /not an ID token/],
    [{ typ: 7 }, /not an ID token/],
    [{ typ: ['ID'] }, /not an ID token/],
    [{ token_use: ['id'] }, /not an ID token/],
    [{ aud: { length: 1, 0: 'causeway' } }, /for the app alone/],
    [{ aud: undefined }, /for the app alone \(aud undefined\)/],
    [{ aud: ['other', 'causeway'] }, /for the app alone \(aud “other”\)/],
    [{ aud: ['causeway'] }, /^taken/],
    [{ aud: ['causeway', 'other'] }, /for the app alone/],
    [{ aud: ['causeway', 'causeway'] }, /for the app alone/],
    [{ aud: 'other' }, /for the app alone/],
    [{ aud: [] }, /for the app alone/],
    [{ azp: 'causeway' }, /^taken/],
    [{ azp: 'other' }, /another app/],
    [{ azp: null }, /another app/],
    [{ sub: '' }, /no usable sub/],
    [{ iat: undefined }, /iat/],
    [{ iat: now - 99, exp: now - 60 }, /^sign-in-expired/],
    [{ iat: now + 61 }, /^clock-skew/],
    [{ nonce: 'n' }, /^taken/],
  ])('%j: %s', (claims, expected, header) => {
    expect(checked(claims, header)).toMatch(expected);
  });

  it.each(['strict', 'any'] as const)('has to say when it was issued, whatever typ is to be: %s', (typ) => {
    expect(checked({ iat: undefined }, {}, { typ })).toContain('has no iat claim');
  });
});
