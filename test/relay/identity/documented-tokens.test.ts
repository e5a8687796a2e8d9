import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { authenticateBearer, issuerConfig, openAuthenticator, signToken, startIssuer, testKey } from './test-issuer.ts';

const page = readFileSync(new URL('../../../docs/identity.md', import.meta.url), 'utf8');
type Settings = Record<string, unknown> & { readonly name: string; readonly issuer: string };
const documented = [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(
  ([, yaml]) => (parse(yaml ?? '') as { issuers?: Settings[] }).issuers ?? [],
);
const nowMs = 1_800_000_000_000;
const times = { iat: nowMs / 1000 - 60, exp: nowMs / 1000 + 3600 };

// As each provider documents its token.
const cases: readonly { name: string; claims: Record<string, unknown>; groups: readonly string[]; username: string }[] =
  [
    {
      name: 'Cognito',
      claims: {
        sub: 'aaaaaaaa-bbbb',
        'cognito:groups': ['developers'],
        'cognito:username': 'alice',
        email: 'alice@acme.com',
        aud: '1example23456789',
        token_use: 'id',
        auth_time: nowMs / 1000 - 60,
        at_hash: 'x',
      },
      groups: ['developers'],
      username: 'alice@acme.com',
    },
    {
      name: 'Zitadel',
      claims: {
        sub: '163840776835432705',
        aud: ['312909075212468632', '312909075212468224'],
        jti: 'j',
        client_id: '312909075212468632',
        scope: 'openid',
        'urn:zitadel:iam:org:project:roles': { developer: { '1638407': 'acme.zitadel.cloud' } },
      },
      groups: ['developer'],
      username: '163840776835432705',
    },
    {
      name: 'AD FS',
      claims: {
        iss: 'http://adfs.acme.com/adfs/services/trust',
        aud: 'https://relay.acme.com',
        appid: '2b7f2c61-3d3e-4a54-8d5f-0a1f6f3c9b11',
        apptype: 'Public',
        scp: 'openid',
        sub: 'x',
        upn: 'alice@acme.com',
        groups: 'developers',
      },
      groups: ['developers'],
      username: 'alice@acme.com',
    },
  ];

it.each(cases)(
  'a token of $name is read with the settings of docs/identity.md',
  async ({ name, claims, groups, username }) => {
    const settings = documented.find((issuer) => issuer.name === name) as Settings;
    const key = await testKey('RS256');
    const server = await startIssuer([key]);
    const issuer = issuerConfig(settings.issuer, { ...settings, jwks_uri: `${server.url}/jwks` });
    const authenticator = openAuthenticator([issuer], { now: () => nowMs });
    const token = await signToken(key, { iss: settings.issuer, ...times, ...claims }, { typ: 'JWT' });
    await expect(authenticateBearer(authenticator, token)).resolves.toMatchObject({ groups, username });
  },
);
