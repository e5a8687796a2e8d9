import { describe, expect, it } from 'vitest';
import { fetch } from 'undici';
import { createAuthenticator } from '../../../relay/identity/create-authenticator.ts';
import {
  audience,
  authenticateBearer,
  claimsFor,
  collectingLog,
  issuerConfig,
  openAuthenticator,
  signToken,
  startIssuer,
  testKey,
  type ClaimChanges,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;

describe('clock skew', () => {
  /** Offsets from the relay's clock in seconds, with what must come of them. */
  const matrix = (leeway: number): readonly [name: 'exp' | 'nbf' | 'iat', offset: number, expected: string][] => [
    ['exp', 300, 'accepted'],
    ['exp', 1 - leeway, 'accepted'],
    ['exp', -leeway, 'sign-in-expired'],
    ['exp', -leeway - 1, 'sign-in-expired'],
    ['exp', -86_400, 'sign-in-expired'],
    ['nbf', -86_400, 'accepted'],
    ['nbf', 0, 'accepted'],
    ['nbf', leeway, 'accepted'],
    ['nbf', leeway + 1, 'clock-skew'],
    ['nbf', 600, 'clock-skew'],
    ['iat', -3600, 'accepted'],
    ['iat', leeway, 'accepted'],
    ['iat', leeway + 1, 'clock-skew'],
    ['iat', 299, 'clock-skew'],
  ];
  for (const leeway of [60, 10, 0])
    for (const [name, offset, expected] of matrix(leeway))
      it(`${name} ${offset} s from now with ${leeway} s leeway: ${expected}`, async () => {
        const key = await testKey('ES256');
        const issuer = await startIssuer([key]);
        const config = issuerConfig(issuer.url, { clock_leeway_seconds: leeway });
        const authenticator = openAuthenticator([config], { now: () => nowMs });
        const times = name === 'exp' ? { iat: now - 90_000, exp: now + offset } : { [name]: now + offset };
        const token = await signToken(key, claimsFor(issuer.url, nowMs, times));
        const result = await authenticateBearer(authenticator, token).then(
          () => 'accepted',
          (error: { code: string }) => error.code,
        );
        expect(result).toBe(expected);
      });

  it('never has more than 60 s leeway', () => {
    expect(() => issuerConfig('https://idp.example', { clock_leeway_seconds: 61 })).toThrow();
  });
});

describe('an authenticator', () => {
  it('refuses two issuers with one identifier, and a CA file that can’t be read', () => {
    const { log } = collectingLog();
    const open = (issuers: ReturnType<typeof issuerConfig>[]) => (): unknown =>
      createAuthenticator({ issuers, relayUrl: audience, maxTokenBytes: 4096, log });
    const config = issuerConfig('http://127.0.0.1:9');
    expect(open([config, config])).toThrow(expect.objectContaining({ code: 'bad-config' }));
    expect(open([{ ...config, ca: '/nowhere/ca.pem' }])).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA'])
    it(`accepts ${alg} and says who is calling`, async () => {
      const key = await testKey(alg);
      const issuer = await startIssuer([key]);
      const authenticator = openAuthenticator([issuerConfig(issuer.url)]);
      const claims = claimsFor(issuer.url, Date.now(), {
        name: 'Alice',
        email: 'alice@example.com',
        auth_time: 1_700_000_000,
      });
      await expect(authenticateBearer(authenticator, await signToken(key, claims))).resolves.toEqual({
        kind: 'person',
        issuer: issuer.url,
        issuerName: 'Test IdP',
        subject: 'subject-alice',
        username: 'alice',
        name: 'Alice',
        email: 'alice@example.com',
        groups: ['developers', 'sre'],
        clientId: 'causeway',
        tokenId: 'token-1',
        expiresAtMs: (claims.exp ?? 0) * 1000 + 60_000,
        issuedAtMs: (claims.iat ?? 0) * 1000,
        authTimeMs: 1_700_000_000_000,
        acr: undefined,
        scopes: [],
        providerSessionId: undefined,
        claims: { preferred_username: 'alice', name: 'Alice', email: 'alice@example.com', client_id: 'causeway' },
        jkt: undefined,
        certificateSha256: undefined,
      });
    });

  const groupCases: readonly [string, ClaimChanges, Partial<Parameters<typeof issuerConfig>[1]>, readonly string[]][] =
    [
      ['a string as one group', { groups: 'developers,sre' }, {}, ['developers,sre']],
      ['an empty string as none', { groups: '' }, {}, []],
      ['no claim as none', { groups: undefined }, {}, []],
      ['a repeated group once', { groups: ['a', 'b', 'a'] }, {}, ['a', 'b']],
      [
        '5,000 entries',
        { groups: Array.from({ length: 5000 }, (_, i) => `g${i}`) },
        {},
        Array.from({ length: 5000 }, (_, i) => `g${i}`),
      ],
      [
        'a claim by its path',
        { realm_access: { roles: ['dev'] } },
        { claims: { ...issuerConfig('https://idp.example').claims, groups: 'realm_access.roles' } },
        ['dev'],
      ],
      [
        'a claim whose name has dots',
        { 'https://example.com/groups': ['dev'] },
        { claims: { ...issuerConfig('https://idp.example').claims, groups: 'https://example.com/groups' } },
        ['dev'],
      ],
    ];
  for (const [name, claims, config, groups] of groupCases)
    it(`reads ${name}`, async () => {
      const key = await testKey('ES256');
      const issuer = await startIssuer([key]);
      const authenticator = openAuthenticator([issuerConfig(issuer.url, config)], { maxTokenBytes: 65_536 });
      const token = await signToken(key, claimsFor(issuer.url, Date.now(), claims));
      expect((await authenticateBearer(authenticator, token)).groups).toEqual(groups);
    });

  it('never shows a user name that steers a terminal or a header', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const authenticator = openAuthenticator([issuerConfig(issuer.url)]);
    const token = await signToken(
      key,
      claimsFor(issuer.url, Date.now(), { preferred_username: 'al\u001b[2Jice\r\nx: y', email: 'a@b.c' }),
    );
    expect((await authenticateBearer(authenticator, token)).username).toBe('a@b.c');
  });

  it('accepts typ JWT and none at an issuer with typ: any', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const authenticator = openAuthenticator([issuerConfig(issuer.url, { typ: 'any' })]);
    for (const typ of ['JWT', undefined, 'at+jwt', 'application/at+jwt'])
      await expect(
        authenticateBearer(authenticator, await signToken(key, claimsFor(issuer.url, Date.now()), { typ })),
      ).resolves.toBeDefined();
  });

  it('knows a token again for as long as it is accepted, leeway included, then judges it anew', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const clock = { nowMs };
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], { now: () => clock.nowMs });
    const token = await signToken(key, claimsFor(issuer.url, nowMs, { exp: now + 100 }));
    const first = await authenticateBearer(authenticator, token);
    expect(await authenticateBearer(authenticator, token)).toBe(first);
    clock.nowMs = nowMs + 159_000;
    expect(await authenticateBearer(authenticator, token)).toBe(first);
    clock.nowMs = nowMs + 160_000;
    await expect(authenticateBearer(authenticator, token)).rejects.toMatchObject({ code: 'sign-in-expired' });
  });

  it('gives a token that is accepted within the leeway a session that lasts until the leeway is over', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], { now: () => nowMs });
    const token = await signToken(key, claimsFor(issuer.url, nowMs, { iat: now - 600, exp: now - 20 }));
    expect((await authenticateBearer(authenticator, token)).expiresAtMs).toBe(nowMs + 40_000);
  });

  it('exchanges issuers while it runs: removed ones are refused, kept ones fetch nothing anew', async () => {
    const key = await testKey('ES256');
    const [kept, removed, added] = await Promise.all([startIssuer([key]), startIssuer([key]), startIssuer([key])]);
    const authenticator = openAuthenticator([issuerConfig(kept.url), issuerConfig(removed.url)]);
    const tokens = await Promise.all(
      [kept, removed, added].map(({ url }) => signToken(key, claimsFor(url, Date.now()))),
    );
    const [keptToken = '', removedToken = '', addedToken = ''] = tokens;
    await authenticateBearer(authenticator, keptToken);
    await authenticateBearer(authenticator, removedToken);
    await expect(authenticateBearer(authenticator, addedToken)).rejects.toMatchObject({ code: 'token-rejected' });
    authenticator.replaceIssuers([issuerConfig(kept.url), issuerConfig(added.url)]);
    await expect(authenticateBearer(authenticator, removedToken)).rejects.toMatchObject({ code: 'token-rejected' });
    await authenticateBearer(authenticator, addedToken);
    await authenticateBearer(authenticator, keptToken);
    expect(kept.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('uses the fetch that it is given', async () => {
    const key = await testKey('ES256');
    const issuer = await startIssuer([key]);
    const urls: string[] = [];
    const counting: typeof fetch = (input, init) => {
      if (typeof input === 'string') urls.push(input);
      return fetch(input, init);
    };
    const authenticator = openAuthenticator([issuerConfig(issuer.url)], { fetch: counting });
    await authenticateBearer(authenticator, await signToken(key, claimsFor(issuer.url, Date.now())));
    expect(urls).toEqual([`${issuer.url}/.well-known/openid-configuration`, `${issuer.url}/jwks`]);
  });
});
