import { createHash, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { discoverProvider } from '../../../client/provider/discover-provider.ts';
import {
  type ClientCertificate,
  readClientCertificate,
  readNamedCertificate,
} from '../../../client/network/client-certificate.ts';
import { type DemoWorld, startDemoWorld } from '../../support/demo-world.ts';
import { type CoreFixture, coreFixture, profileWhere } from '../support/core-fixture.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: DemoWorld;
let folder: string;
let fixture: CoreFixture;

async function certificate(endsAtMs = Date.now() + 86_400_000): Promise<ClientCertificate> {
  const made = await generate([{ name: 'commonName', value: 'nightly-report' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(endsAtMs - 2 * 86_400_000),
    notAfterDate: new Date(endsAtMs),
  });
  return { cert: made.cert, key: made.private };
}

beforeAll(async () => {
  world = await startDemoWorld({
    configure: (config) => ({
      ...config,
      relay: { ...config.relay, tls: { cert: 'relay.pem', key: 'relay-key.pem', client_certificates: true } },
    }),
  });
});

afterAll(async () => {
  await world.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-certificate-'));
  fixture = await coreFixture(null);
});

afterEach(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

async function files({ cert, key }: ClientCertificate, mode = 0o600): Promise<[string, string]> {
  const paths: [string, string] = [join(folder, 'client.pem'), join(folder, 'client-key.pem')];
  await writeFile(paths[0], cert);
  await writeFile(paths[1], key);
  await chmod(paths[1], mode);
  return paths;
}

/** A token that is bound to the certificate, presented by a core that has, or hasn't, another one. */
async function signInWithBoundToken(bound: ClientCertificate, presented: ClientCertificate | null) {
  const thumbprint = createHash('sha256').update(new X509Certificate(bound.cert).raw).digest('base64url');
  const token = await world.idp.mintAccessToken({ user: 'alice', claims: { cnf: { 'x5t#S256': thumbprint } } });
  const core = fixture.make({ ca: [world.ca], ...(presented ? { clientCertificate: presented } : {}) });
  await core.start();
  await core.signIn(world.relayUrl, { service: { type: 'token', read: async () => token } });
  return core;
}

test('a key that others can read, a certificate that has ended and files that aren’t any are refused', async () => {
  const readable = await files(await certificate(), 0o644);
  await expect(readClientCertificate(...readable)).rejects.toThrow('can be read by other users');
  const ended = await files(await certificate(Date.now() - 1000));
  await expect(readClientCertificate(...ended)).rejects.toThrow('ended at');
  const wrong = await files({ cert: 'nothing', key: 'nothing' });
  await expect(readClientCertificate(...wrong)).rejects.toMatchObject({ code: 'bad-input' });
  await expect(readClientCertificate('/nowhere', '/nowhere')).rejects.toMatchObject({ code: 'bad-input' });
});

test('only one of the two names is refused, and none means no certificate', async () => {
  await expect(readNamedCertificate('/pc.pem', undefined)).rejects.toThrow(
    'CAUSEWAY_CLIENT_CERTIFICATE and CAUSEWAY_CLIENT_CERTIFICATE_KEY belong together',
  );
  await expect(readNamedCertificate(undefined, '/pc-key.pem')).rejects.toMatchObject({ code: 'bad-input' });
  expect(await readNamedCertificate(undefined, undefined)).toBeNull();
  const made = await certificate();
  expect(await readNamedCertificate(...(await files(made)))).toEqual(made);
});

test.each(['no', 'another'])('with %s certificate the relay refuses a token that is bound to one', async (which) => {
  const core = await signInWithBoundToken(await certificate(), which === 'no' ? null : await certificate());
  const profile = await profileWhere(core, (p) => p.signIn.status === 'expired');
  expect(profile.signIn).toMatchObject({ problem: { code: 'token-rejected' } });
});

test('with its certificate a bound token opens catalog and tunnel', async () => {
  const own = await readClientCertificate(...(await files(await certificate())));
  const core = await signInWithBoundToken(own, own);
  const profile = await profileWhere(core, (p) => p.catalog.status === 'ready' && p.tunnel.status === 'open');
  await core.connect(profile.id, 'orders');
  const { connections } = await profileWhere(core, (p) => p.connections['orders']?.status === 'on');
  const address = connections['orders']?.status === 'on' ? connections['orders'].address : '';
  expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
});

test('a client with a certificate uses the provider’s addresses for certificates, which must be secure too', async () => {
  const http = createHttpClient({ clientCertificate: await certificate() });
  const { issuer, clientId } = world.idp;
  const configured = { name: 'a', issuer, clientId, scopes: ['openid'], dpop: 'off' as const, redirectPorts: [] };
  try {
    world.idp.reconfigure({ metadata: { mtls_endpoint_aliases: { token_endpoint: 'http://idp.example.com/token' } } });
    await expect(discoverProvider(configured, http)).rejects.toThrow('without https');
    world.idp.reconfigure({ metadata: { mtls_endpoint_aliases: { token_endpoint: `${issuer}/token` } } });
    const { configuration } = await discoverProvider(configured, http);
    expect(configuration.clientMetadata().use_mtls_endpoint_aliases).toBe(true);
  } finally {
    world.idp.reconfigure({ metadata: {} });
    await http.close();
  }
});
