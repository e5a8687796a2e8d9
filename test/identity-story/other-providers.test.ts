import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { queryAudit } from '../../relay/audit/reading/query-audit.ts';
import { loadConfig } from '../../relay/config/load-config.ts';
import { startRelay } from '../../relay/start/start-relay.ts';
import { freePort } from '../support/free-port.ts';
import { startHeadlessClient } from '../support/start-headless-client.ts';
import { type Asked, imitateProvider, type ProviderManners } from './support/imitated-provider.ts';

const app = 'causeway-app';
const project = '312909075212468224';
const webApi = 'https://relay.acme.com';
const person = { sub: 'alice-id', name: 'Alice', email: 'alice@acme.com', preferred_username: 'alice' };
const forApp = ({ clientId }: Asked, iss: string): Record<string, unknown> => ({ iss, aud: clientId, ...person });
const opaque = (): undefined => undefined;

interface Provider {
  readonly settings: (issuer: string) => Record<string, unknown>;
  readonly manners: ProviderManners;
  readonly subject?: string;
}

const providers: Readonly<Record<string, Provider>> = {
  Dex: {
    settings: (issuer) => ({ preset: 'dex', issuer }),
    manners: {
      knownScopes: ['openid', 'email', 'profile', 'groups', 'offline_access', 'federated:id'],
      header: {},
      path: '/dex',
      idToken: (asked, issuer) => ({
        ...forApp(asked, issuer),
        at_hash: 'x',
        ...(asked.scopes.includes('groups') ? { groups: ['developers'] } : {}),
      }),
      accessToken: forApp,
    },
  },
  authentik: {
    settings: (issuer) => ({ preset: 'authentik', issuer }),
    manners: {
      knownScopes: null,
      header: { typ: 'JWT' },
      path: '/application/o/causeway/',
      idToken: (asked, issuer) => ({ ...forApp(asked, issuer), groups: ['developers'], acr: 'default', sid: 's1' }),
      accessToken: (asked, issuer) => ({ ...forApp(asked, issuer), azp: asked.clientId, uid: 'u1' }),
    },
  },
  Authelia: {
    settings: (issuer) => ({ preset: 'authelia', issuer }),
    manners: {
      knownScopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
      header: { typ: 'JWT' },
      idToken: (asked, issuer) => ({
        ...forApp(asked, issuer),
        aud: [asked.clientId],
        azp: asked.clientId,
        jti: 'j1',
        ...(asked.scopes.includes('groups') ? { groups: ['developers'] } : {}),
      }),
      accessToken: opaque,
    },
  },
  Cognito: {
    settings: (issuer) => ({ preset: 'cognito', issuer }),
    manners: {
      knownScopes: ['openid', 'profile', 'email', 'phone', 'aws.cognito.signin.user.admin'],
      header: {},
      path: '/eu-central-1_AbCdEfGhI',
      idToken: (asked, issuer) => ({ ...forApp(asked, issuer), token_use: 'id' }),
      accessToken: ({ clientId, scopes }, iss) => ({
        iss,
        sub: person.sub,
        client_id: clientId,
        token_use: 'access',
        scope: scopes.join(' '),
        username: 'alice',
        jti: 'j1',
        'cognito:groups': ['developers'],
      }),
    },
  },
  GitLab: {
    settings: (issuer) => ({ preset: 'gitlab', issuer }),
    manners: {
      knownScopes: ['openid', 'profile', 'email', 'api', 'read_user'],
      header: { typ: 'JWT' },
      idToken: (asked, issuer) => ({ ...forApp(asked, issuer), groups_direct: ['developers'] }),
      accessToken: opaque,
    },
  },
  Zitadel: {
    settings: (issuer) => ({ preset: 'zitadel', issuer, project }),
    manners: {
      knownScopes: null,
      header: { typ: 'JWT' },
      idToken: (asked, issuer) => ({ ...forApp(asked, issuer), aud: [asked.clientId, project], azp: asked.clientId }),
      accessToken: ({ clientId, scopes }, iss) => ({
        iss,
        sub: person.sub,
        aud: scopes.includes(`urn:zitadel:iam:org:project:id:${project}:aud`) ? [clientId, project] : [clientId],
        client_id: clientId,
        jti: 'j1',
        'urn:zitadel:iam:org:project:roles': { developers: { '1': 'acme.example' } },
      }),
    },
  },
  'AD FS': {
    settings: (issuer) => ({
      preset: 'adfs',
      issuer,
      accepted_issuers: ['http://adfs.acme.com/adfs/services/trust'],
      audience: webApi,
    }),
    manners: {
      knownScopes: null,
      header: { typ: 'JWT', x5t: 'jeeTjLUamo' },
      namesNoKey: true,
      path: '/adfs',
      metadata: () => ({ access_token_issuer: 'http://adfs.acme.com/adfs/services/trust' }),
      idToken: forApp,
      accessToken: ({ clientId, resource }) => ({
        iss: 'http://adfs.acme.com/adfs/services/trust',
        aud: resource ?? `microsoft:identityserver:${clientId}`,
        upn: 'alice@acme.com',
        group: 'developers',
        apptype: 'Public',
        appid: clientId,
        auth_time: new Date().toISOString(),
        scp: 'openid',
      }),
    },
    subject: 'alice@acme.com',
  },
  PingFederate: {
    settings: (issuer) => ({ preset: 'pingfederate', issuer, audience: webApi, claims: { subject: ['Username'] } }),
    manners: {
      knownScopes: null,
      header: {},
      idToken: forApp,
      accessToken: ({ clientId, scopes }, iss) => ({
        iss,
        aud: webApi,
        client_id: clientId,
        scope: scopes.join(' '),
        Username: 'alice',
        groups: ['developers'],
      }),
    },
    subject: 'alice',
  },
};

async function setUp({ settings, manners }: Provider) {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-provider-'));
  const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const closer of closers.toReversed()) await closer();
  });
  const idp = await imitateProvider(manners);
  closers.push(() => idp.close());
  const api = createServer((_request, response) => response.end('an answer'));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    api.closeAllConnections();
    api.close();
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const path = join(dir, 'relay.yaml');
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const data = join(dir, 'data');
  const config = {
    relay: { name: 'Test', url, listen: { host: '127.0.0.1', port }, data, drain_seconds: 0 },
    issuers: [{ name: 'Acme', client_id: app, ...settings(idp.issuer) }],
    apis: [{ id: 'echo', name: 'Echo', upstream, rules: [{ name: 'all', groups: ['developers'] }] }],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  const relay = await startRelay(await loadConfig(path), pino({ level: 'silent' }));
  closers.push(() => relay.close());
  const client = await startHeadlessClient({
    ca: [],
    openBrowser: async (address) => {
      const answer = await fetch(address, { redirect: 'manual' });
      await fetch(answer.headers.get('location') ?? '', { redirect: 'manual' });
    },
  });
  closers.push(() => client.close());
  return { url, data, idp, client };
}

describe('with the preset of its provider, a person signs in, and the groups open the API:', () => {
  it.each(Object.entries(providers))('%s', async (_name, provider) => {
    const { url, data, idp, client } = await setUp(provider);
    const { id } = await client.signIn(url);
    const connection = await client.connect(id, 'echo');
    const response = await fetch(`http://127.0.0.1:${connection.port}/`);
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 200, text: 'an answer' });
    expect(idp.refusals).toEqual([]);
    const [decision] = queryAudit(data, { limit: 100 }).filter(({ record }) => record.type === 'decision');
    expect(decision?.record).toMatchObject({
      effect: 'allow',
      caller: { subject: provider.subject ?? person.sub, issuer: idp.issuer, groups: ['developers'] },
    });
  });
});
