import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Identity } from '../../../relay/identity/identity.ts';
import { expandPreset } from '../../../relay/config/presets/expand-preset.ts';
import { nowMs, type Provider, providers } from './issued-tokens.ts';
import { authenticateBearer, issuerConfig, openAuthenticator, signToken, startIssuer, testKey } from './test-issuer.ts';

const page = readFileSync(new URL('../../../docs/identity.md', import.meta.url), 'utf8');
type Settings = Record<string, unknown>;
const documented = [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(
  ([, yaml]) => (parse(yaml ?? '') as { issuers?: Settings[] }).issuers ?? [],
);

/** The relay’s verdict on claims with changes, by the documented settings with changes. */
async function verdictOn(provider: Provider, changes: Settings, settings: Settings = {}): Promise<Identity> {
  const given = documented.find((issuer) => issuer['name'] === provider.name);
  const expanded = expandPreset({ ...given, ...settings });
  if (expanded.status === 'refused') throw new Error(JSON.stringify(expanded.problems));
  const whole = expanded.settings as Settings;
  const key = await testKey('RS256');
  const server = await startIssuer([key]);
  const issuer = issuerConfig(String(whole['issuer']), { ...whole, jwks_uri: `${server.url}/jwks` });
  const authenticator = openAuthenticator([issuer], { now: () => nowMs });
  return authenticateBearer(authenticator, await signToken(key, { ...provider.claims, ...changes }, provider.header));
}

for (const provider of providers)
  describe(`a token of ${provider.name}`, () => {
    for (const [what, changes, says, settings] of provider.refused)
      it(`is refused: ${what}`, async () => {
        await expect(verdictOn(provider, changes, settings)).rejects.toMatchObject({
          code: 'token-rejected',
          message: expect.stringMatching(says),
        });
      });
    it('is read with the settings of docs/identity.md', async () => {
      expect(await verdictOn(provider, {})).toMatchObject(provider.identity);
    });
    for (const [what, changes, identity, settings] of provider.accepted ?? [])
      it(`is read: ${what}`, async () => {
        expect(await verdictOn(provider, changes, settings)).toMatchObject(identity);
      });
  });

describe('a preset', () => {
  it.each<[what: string, given: Settings, problem: RegExp]>([
    ['cognito without a pool', { preset: 'cognito' }, /^user_pool is missing/],
    ['cognito with a pool’s name', { preset: 'cognito', user_pool: 'acme' }, /^user_pool must be/],
    [
      'cognito with an address in the pool',
      { preset: 'cognito', user_pool: 'evil.example/eu-central-1_A' },
      /^user_pool must/,
    ],
    ['zitadel without a project', { preset: 'zitadel', domain: 'acme.zitadel.cloud' }, /^project is missing/],
    ['zitadel with a project’s name', { preset: 'zitadel', domain: 'a.b', project: 'acme' }, /^project must be/],
    ['zitadel without a domain', { preset: 'zitadel', project: '1' }, /^domain is missing/],
    ['authentik without the slash', { preset: 'authentik', issuer: 'https://a.b/application/o/c' }, /^issuer must end/],
    ['authentik without an application', { preset: 'authentik', url: 'https://a.b' }, /^application is missing/],
    ['authentik without an address', { preset: 'authentik', application: 'c' }, /^url is missing/],
    ['adfs without a domain', { preset: 'adfs' }, /^domain is missing/],
    ['adfs with an address', { preset: 'adfs', domain: 'https://adfs.acme.com' }, /^domain must be a host name/],
    ['authelia without a domain', { preset: 'authelia' }, /^domain is missing/],
    ['pingfederate without an address', { preset: 'pingfederate' }, /^url is missing/],
  ])('says what is wrong: %s', (_what, given, problem) => {
    const expanded = expandPreset({ name: 'IdP', client_id: 'app', ...given });
    expect(
      expanded.status === 'refused' && expanded.problems.map(({ key, message }) => `${key} ${message}`).join(),
    ).toMatch(problem);
  });

  it.each<[what: string, given: Partial<Settings>, key: string]>([
    ['audience_claim with ID tokens', { audience_claim: 'client_id' }, 'audience_claim'],
    ['access_token_claim with ID tokens', { access_token_claim: 'uid' }, 'access_token_claim'],
    ['another audience with ID tokens', { audience: 'other' }, 'audience'],
  ])('leaves it to the schema to refuse %s', (_what, given, key) => {
    const expanded = expandPreset({
      name: 'IdP',
      preset: 'dex',
      issuer: 'https://dex.acme.com',
      client_id: 'app',
      ...given,
    });
    const settings = expanded.status === 'expanded' ? (expanded.settings as Settings) : {};
    expect(() => issuerConfig('https://dex.acme.com', settings)).toThrow(new RegExp(`"${key}"`));
  });

  it.each([
    [{ preset: 'gitlab' }, 'https://gitlab.com'],
    [{ preset: 'gitlab', url: 'https://gitlab.acme.com/' }, 'https://gitlab.acme.com'],
    [{ preset: 'dex', issuer: 'https://dex.acme.com/' }, 'https://dex.acme.com/'],
    [
      { preset: 'cognito', user_pool: 'us-gov-west-1_a1' },
      'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a1',
    ],
  ])('makes the issuer of %o', (given, issuer) => {
    expect(expandPreset({ client_id: 'app', ...given })).toMatchObject({ status: 'expanded', settings: { issuer } });
  });
});
