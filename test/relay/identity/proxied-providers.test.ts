import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { IssuerConfig } from '../../../relay/config/config-schema.ts';
import { issuerSchema } from '../../../relay/config/issuer-schema.ts';
import { openOutbound } from '../../../relay/identity/open-outbound.ts';
import { openIdpMetadata } from '../../../relay/saml/idp-metadata-source.ts';
import { type ConnectProxy, startConnectProxy } from '../../support/start-connect-proxy.ts';
import {
  audience,
  authenticateBearer,
  claimsFor,
  collectingLog,
  issuerConfig,
  openAuthenticator,
  signToken,
  type TestKey,
  testKey,
} from './test-issuer.ts';

const host = 'idp.acme.example';
const directory = 'directory.acme.example';
let key: TestKey;
let pems: { readonly private: string; readonly cert: string };
beforeAll(async () => {
  key = await testKey('ES256');
  pems = await generate([{ name: 'commonName', value: host }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: host },
          { type: 2, value: directory },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
});

/** A provider with all that a relay asks for, and a proxy that is the only way to it. */
async function setUp(address: (port: number) => string = () => `https://${host}`): Promise<{
  readonly issuer: string;
  readonly proxy: ConnectProxy;
  readonly asked: string[];
  readonly open: (given?: Partial<IssuerConfig>) => ReturnType<typeof openAuthenticator>;
}> {
  const asked: string[] = [];
  const server: Server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    asked.push(`${request.headers.host} ${(request.url ?? '').split('?', 1)[0]}`);
    const answers: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/jwks`,
        introspection_endpoint: `${issuer}/introspect`,
        userinfo_endpoint: `${issuer}/userinfo`,
        token_endpoint: `${issuer}/token`,
      },
      '/jwks': { keys: [key.publicJwk] },
      '/introspect': {
        active: true,
        sub: 'alice',
        aud: audience,
        exp: Date.now() / 1000 + 300,
        preferred_username: 'alice',
      },
      '/userinfo': { sub: 'alice' },
      '/token': { access_token: 'for-the-directory', expires_in: 300 },
      '/groups': { value: [{ id: 'sre' }] },
    };
    const answer = answers[(request.url ?? '').split('?', 1)[0] ?? ''];
    request.resume();
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = address(port);
  const proxy = await startConnectProxy({ [`${host}:443`]: port, [`${directory}:443`]: port });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await proxy[Symbol.asyncDispose]();
  });
  return {
    issuer,
    proxy,
    asked,
    open: (given = {}) => openAuthenticator([{ ...issuerConfig(issuer, given), caPem: pems.cert }]),
  };
}

function withEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, variables[name] ?? '');
    vi.stubEnv(name.toLowerCase(), '');
  }
  onTestFinished(() => void vi.unstubAllEnvs());
}

const token = (issuer: string): Promise<string> => signToken(key, claimsFor(issuer, Date.now()));

describe('behind a proxy, the relay', () => {
  it('asks for metadata and keys through it, and the proxy sees nothing but the name', async () => {
    const { issuer, proxy, asked, open } = await setUp();
    withEnvironment({ HTTPS_PROXY: proxy.url });
    await expect(authenticateBearer(open(), await token(issuer))).resolves.toMatchObject({ username: 'alice' });
    expect(asked).toEqual([`${host} /.well-known/openid-configuration`, `${host} /jwks`]);
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${host}:443`]));
    expect(proxy.others).toEqual([]);
  });

  it('introspects, re-checks, gets its own token and looks groups up through it', async () => {
    const { proxy, asked, open } = await setUp();
    withEnvironment({ HTTPS_PROXY: proxy.url });
    const {
      relay_client: relayClient,
      introspection,
      groups_lookup: lookup,
    } = issuerConfig(`https://${host}`, {
      relay_client: { client_id: 'relay', secrets: ['${env:SECRET}'] },
      introspection: {},
      groups_lookup: { url: `https://${directory}/groups?of={preferred_username}` },
    } as Partial<IssuerConfig>);
    if (relayClient === undefined || introspection === undefined || lookup === undefined)
      throw new Error('all are given');
    const authenticator = open({
      relay_client: { ...relayClient, secrets: ['${env:SECRET}'] },
      introspection,
      groups_lookup: lookup,
      recheck_seconds: 60,
    });
    const identity = await authenticateBearer(authenticator, 'opaque');
    expect(identity.groups).toEqual(['sre']);
    expect(await authenticator.recheck(identity)).toBe('active');
    expect(asked).toEqual(
      expect.arrayContaining([`${host} /introspect`, `${host} /token`, `${directory} /groups`, `${host} /jwks`]),
    );
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${host}:443`, `${directory}:443`]));
    expect(proxy.others).toEqual([]);
  });

  it('goes through the one that an issuer names, whatever the environment says', async () => {
    const { issuer, proxy, open } = await setUp();
    withEnvironment({ HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' });
    await expect(authenticateBearer(open({ proxy: proxy.url }), await token(issuer))).resolves.toBeDefined();
    expect(proxy.tunnels).toContain(`${host}:443`);
  });

  it.each([
    ['this computer', {}],
    ['what NO_PROXY names', { NO_PROXY: 'other.example, 127.0.0.1' }],
  ])('never uses the proxy of the environment for %s', async (_name, more) => {
    const { issuer, proxy, open } = await setUp((port) => `https://127.0.0.1:${port}`);
    withEnvironment({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ...more });
    await expect(authenticateBearer(open(), await token(issuer))).resolves.toMatchObject({ username: 'alice' });
    expect(proxy.tunnels).toEqual([]);
  });

  it('uses it for this computer when the issuer asks for that', async () => {
    const { issuer, proxy, open } = await setUp((port) => `https://127.0.0.1:${port}`);
    withEnvironment({});
    await expect(authenticateBearer(open({ proxy: proxy.url }), await token(issuer))).resolves.toBeDefined();
    expect(proxy.tunnels).toContain(new URL(issuer).host);
  });

  it.each([
    ['refuses', 403, /403/],
    ['wants a password', 407, /407/],
    ['can’t reach the provider', 502, /502/],
  ])('says so when the proxy %s, and goes no other way', async (_name, status, says) => {
    const { issuer, proxy, asked, open } = await setUp();
    proxy.refuseWith = status;
    withEnvironment({ HTTPS_PROXY: proxy.url });
    const error: unknown = await authenticateBearer(open(), await token(issuer)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'idp-unreachable', message: expect.stringMatching(says) });
    expect(asked).toEqual([]);
  });

  it('trusts nobody in between: the provider’s certificate must still be its own', async () => {
    const { issuer, proxy } = await setUp();
    withEnvironment({ HTTPS_PROXY: proxy.url });
    await expect(
      authenticateBearer(openAuthenticator([issuerConfig(issuer)]), await token(issuer)),
    ).rejects.toMatchObject({ code: 'idp-unreachable', message: expect.stringMatching(/self-signed/) });
  });
});

it('metadata of a SAML provider is asked for through the proxy', async () => {
  await using proxy = await startConnectProxy({});
  withEnvironment({ HTTPS_PROXY: proxy.url });
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-saml-proxy-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const { log, lines } = collectingLog();
  const idp = { metadata: 'https://saml.acme.example/metadata' };
  const source = openIdpMetadata({ idp, text: undefined, dataDir, log, now: Date.now });
  onTestFinished(() => source.close());
  await source.tried;
  expect(proxy.tunnels).toEqual(['saml.acme.example:443']);
  expect(lines.join()).toMatch(/502/);
});

describe('the way out', () => {
  const kinds = (proxy: string, environment: Record<string, string>, urls: readonly string[]): readonly string[] => {
    const outbound = openOutbound({ proxy, environment, timeoutMs: 1000 });
    onTestFinished(() => outbound.close());
    return urls.map((url) => outbound.dispatcherFor(url).constructor.name);
  };

  it('is direct for every form of this computer’s name', () => {
    const local = ['http://localhost:1', 'https://idp.localhost', 'https://127.8.9.1', 'https://[::1]:8443'];
    expect(kinds('environment', { HTTPS_PROXY: 'http://proxy.example:3128' }, local)).toEqual(local.map(() => 'Agent'));
    expect(kinds('none', { HTTPS_PROXY: 'http://proxy.example:3128' }, ['https://idp.example'])).toEqual(['Agent']);
  });

  it('isn’t direct for names that only look like it', () => {
    const others = ['https://127.0.0.1.example', 'https://notlocalhost', 'https://0.0.0.0', 'https://10.0.0.1'];
    expect(kinds('environment', {}, others)).toEqual(others.map(() => 'EnvHttpProxyAgent'));
    expect(kinds('http://proxy.example:3128', {}, ['https://localhost'])).toEqual(['ProxyAgent']);
  });

  it.each([
    ['socks5://proxy.example', /must be environment, none, or the address/],
    ['proxy.example:3128', /must be environment, none, or the address/],
    ['http://proxy.example/path', /must be environment, none, or the address/],
    ['http://user:secret@proxy.example', /must hold no user name or password/],
  ])('is refused in a config: %s', (proxy, says) => {
    const given = { name: 'IdP', issuer: 'https://idp.example', client_id: 'c', audience: 'a', proxy };
    expect(
      issuerSchema
        .safeParse(given)
        .error?.issues.map(({ message }) => message)
        .join(),
    ).toMatch(says);
  });
});
