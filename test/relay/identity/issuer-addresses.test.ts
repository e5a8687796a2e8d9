import { describe, expect, it } from 'vitest';
import {
  authenticateBearer,
  claimsFor,
  issuerConfig,
  openAuthenticator,
  signToken,
  startCanary,
  startIssuer,
  testKey,
} from './test-issuer.ts';

const nowMs = 1_800_000_000_000;
const named = 'https://login.acme.example/tenant';
const codeOf = (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  );

async function setUp(settings: (url: string) => object, metadata: object = {}) {
  const key = await testKey('ES256');
  const server = await startIssuer([key]);
  server.metadata = { issuer: named, jwks_uri: `${server.url}/jwks`, ...metadata };
  const issuer = issuerConfig(named, settings(server.url));
  const authenticator = openAuthenticator([issuer], { now: () => nowMs });
  const take = async (iss: string): Promise<string> =>
    codeOf(authenticateBearer(authenticator, await signToken(key, claimsFor(iss, nowMs))));
  return { server, authenticator, take };
}

describe('metadata_url and jwks_uri', () => {
  it.each([
    ['another issuer', { issuer: 'https://login.acme.example' }],
    ['the issuer with a slash more', { issuer: `${named}/` }],
    ['the address where it is', { issuer: undefined }],
    ['keys without https', { jwks_uri: 'http://keys.acme.example/jwks' }],
    ['no keys', { jwks_uri: undefined }],
  ])('metadata that names %s isn’t taken', async (_, metadata) => {
    const { server, take } = await setUp(
      (url) => ({ metadata_url: `${url}/.well-known/openid-configuration` }),
      metadata,
    );
    expect(await take(named)).toBe('idp-unreachable');
    expect(server.requests).not.toContain('/jwks');
  });

  it('metadata elsewhere gives the keys where it may, and iss stays that of the config', async () => {
    const { server, take } = await setUp((url) => ({
      metadata_url: `${url}/.well-known/openid-configuration`,
      jwks_uri: `${url}/jwks`,
    }));
    expect(await take(named)).toBe('accepted');
    for (const iss of [`${named}/`, server.url, 'https://login.acme.example'])
      expect(await take(iss)).toBe('token-rejected');
    expect(server.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('keys elsewhere need no metadata, and its jwks_uri is never asked', async () => {
    const canary = await startCanary();
    const { server, take } = await setUp((url) => ({ jwks_uri: `${url}/jwks` }), { jwks_uri: `${canary.url}/jwks` });
    expect(await take(named)).toBe('accepted');
    expect(await take(server.url)).toBe('token-rejected');
    expect(server.requests).toEqual(['/jwks']);
    expect(canary.requests).toEqual([]);
  });
});
