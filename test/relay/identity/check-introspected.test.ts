import { describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import { checkIntrospected } from '../../../relay/identity/check-introspected.ts';
import { audience, issuerConfig } from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;

type Given = Readonly<Record<string, unknown>>;

function check(answer: Given, config: Partial<IssuerConfig> = {}) {
  const all = { active: true, aud: audience, sub: 'alice', ...answer };
  const arrived = JSON.parse(JSON.stringify(all)) as Given;
  return checkIntrospected(arrived, issuerConfig('https://sso.example', config), nowMs);
}

describe('what a provider says of an opaque token', () => {
  it.each<[answer: Given, why: RegExp]>([
    [{ token_type: 'refresh_token' }, /is a “refresh_token”/],
    [{ token_type: 'bearers' }, /is a “bearers”/],
    [{ token_type: 7 }, /is a number/],
    [{ token_type: ['Bearer'] }, /is a object/],
    [{ typ: 'Refresh' }, /isn’t an access token/],
    [{ typ: 'ID' }, /isn’t an access token/],
    [{ typ: 'offline' }, /isn’t an access token/],
    [{ typ: 'logout' }, /isn’t an access token/],
    [{ aud: 'other' }, /meant for “other”/],
    [{ aud: undefined }, /names no aud/],
    [{ aud: undefined, token_type: 'Bearer' }, /names no aud/],
    [{ aud: undefined, client_id: 'causeway' }, /names no aud/],
    [{ aud: undefined, token_type: 'Bearer', client_id: 'other' }, /names no aud/],
    [{ sub: undefined }, /no usable sub/],
    [{ sub: undefined, client_id: 'causeway' }, /no usable sub/],
    [{ sub: undefined, client_id: 7 }, /no usable sub/],
    [{ sub: '' }, /no usable sub/],
    [{ sub: 7 }, /no usable sub/],
    [{ sub: 'x'.repeat(1025) }, /no usable sub/],
    [{ exp: now - 60 }, /ended 60 s ago/],
    [{ exp: 'soon' }, /isn’t a time/],
    [{ nbf: now + 61 }, /nbf is 61 s ahead/],
  ])('is refused with %j', (answer, why) => {
    expect(() => check(answer)).toThrow(why);
  });

  it.each<[answer: Given, claims: Given]>([
    [{}, { sub: 'alice' }],
    [{ token_type: 'Bearer' }, { sub: 'alice' }],
    [{ token_type: 'DPoP' }, { sub: 'alice' }],
    [{ token_type: 'access_token' }, { sub: 'alice' }],
    [{ token_type: 'N_A' }, { sub: 'alice' }],
    [{ typ: 'Bearer' }, { sub: 'alice' }],
    [{ aud: ['other', audience] }, { sub: 'alice' }],
    [{ aud: undefined, token_type: 'Bearer', client_id: 'causeway' }, { sub: 'alice' }],
    [{ sub: undefined, username: 'alice2' }, { sub: 'alice2' }],
    [{ sub: undefined, username: 'alice2', client_id: 'nightly' }, { sub: 'alice2' }],
    [{ sub: undefined, client_id: 'nightly' }, { sub: 'nightly' }],
    [{ sub: 'alice', client_id: 'nightly' }, { sub: 'alice' }],
    [{ sub: 'x'.repeat(1024) }, { sub: 'x'.repeat(1024) }],
    [{ exp: now + 5 }, { exp: now + 5 }],
    [{ exp: now - 59 }, { exp: now - 59 }],
    [{ iat: undefined }, { sub: 'alice' }],
  ])('is taken with %j', (answer, claims) => {
    expect(check(answer)).toMatchObject(claims);
  });

  it('that doesn’t say when the token ends counts for a while', () => {
    const { exp } = check({});
    expect(exp).toBeGreaterThan(now);
    expect(exp).toBeLessThanOrEqual(now + 3600);
  });
});
