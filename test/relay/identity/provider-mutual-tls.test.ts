import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoCertificates, makeDemoCertificates } from '../../support/demo-certificates.ts';
import { type IssuedCertificate, makeDeviceAuthority } from '../../support/device-authority.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { audience, authenticateBearer, issuerConfig, openAuthenticator } from './test-issuer.ts';

const relayName = 'relay.services.example.com';
const service = { clientId: 'nightly-report', secret: 'nightly-report-secret', groups: ['reports'] };

let dir: string;
let server: DemoCertificates;
let idp: Idp;
let relay: IssuedCertificate;
let devices: Awaited<ReturnType<typeof makeDeviceAuthority>>;

const path = (name: string): string => join(dir, name);

/** Writes a certificate and its key, and gives the keys of `relay_client` that name them. */
function written(name: string, { cert, key }: IssuedCertificate) {
  writeFileSync(path(`${name}.pem`), cert);
  writeFileSync(path(`${name}-key.pem`), key, { mode: 0o600 });
  return { certificate: path(`${name}.pem`), certificate_key: path(`${name}-key.pem`) };
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-provider-tls-'));
  [server, devices] = await Promise.all([makeDemoCertificates(dir), makeDeviceAuthority()]);
  const stranger = await makeDeviceAuthority();
  relay = await devices.issue(relayName);
  written('relay-client', relay);
  written('other-name', await devices.issue('printer.services.example.com'));
  written('stranger', await stranger.issue(relayName));
  idp = await startIdp({
    audience,
    tls: {
      cert: await readFile(server.certPath, 'utf8'),
      key: await readFile(server.keyPath, 'utf8'),
      clientCa: devices.ca,
      clientCertificates: 'everywhere',
    },
    certificateNames: { relay: relayName },
    accessTokenFormat: 'opaque',
    services: [service],
  });
});
afterAll(async () => {
  await idp.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A relay's authenticator that trusts the provider's authority and shows the named certificate, if any. */
function authenticatorWith(certificate: string | null, ca: string | null = server.caPath) {
  return openAuthenticator([issuerWith(certificate, ca)]);
}

function issuerWith(certificate: string | null, ca: string | null = server.caPath) {
  const client = {
    client_id: idp.introspectionClient.id,
    method: 'tls_client_auth' as const,
    certificate: path(`${certificate}.pem`),
    certificate_key: path(`${certificate}-key.pem`),
  };
  const given = {
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { relay_client: client, introspection: {} }),
  };
  return issuerConfig(idp.issuer, given as Parameters<typeof issuerConfig>[1]);
}

/** An opaque token that the provider gives a service, over a connection with the relay's certificate. */
async function opaqueToken(): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: server.ca, cert: relay.cert, key: relay.key } });
  try {
    const response = await fetch(`${idp.issuer}/token`, {
      method: 'POST',
      dispatcher,
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: service.clientId,
        client_secret: service.secret,
        resource: audience,
      }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  } finally {
    await dispatcher.destroy();
  }
}

describe('a provider that demands a client certificate on every connection', () => {
  it.each<[string, () => ReturnType<typeof authenticatorWith>, RegExp]>([
    ['its authority isn’t configured', () => authenticatorWith('relay-client', null), /certificate|issuer/i],
    ['the relay has no certificate', () => authenticatorWith(null), /alert|certificate|socket|closed/i],
    [
      'the certificate is of another authority',
      () => authenticatorWith('stranger'),
      /alert|certificate|socket|closed/i,
    ],
  ])('gives no keys when %s: the relay isn’t ready and says why', async (_what, open, reason) => {
    const authenticator = open();
    const token = await idp.mintAccessToken({ user: 'alice' });
    await expect(authenticateBearer(authenticator, token)).rejects.toMatchObject({ code: 'idp-unreachable' });
    const { ready, problems } = authenticator.readiness();
    expect(ready).toBe(false);
    expect(problems.join()).toMatch(reason);
    expect(problems.join()).toContain(idp.issuer);
  });

  it('gives its keys to the relay’s certificate: tokens are checked with them', async () => {
    const authenticator = authenticatorWith('relay-client');
    const identity = await authenticateBearer(authenticator, await idp.mintAccessToken({ user: 'alice' }));
    expect(identity).toMatchObject({ subject: 'alice', groups: ['developers', 'sre'] });
    expect(authenticator.readiness()).toEqual({ ready: true, wasReady: true, problems: [] });
  });

  it('is shown another certificate while the relay runs, and no token is refused meanwhile', async () => {
    const token = await opaqueToken();
    const next = await devices.issue(relayName);
    written('next', next);
    const authenticator = authenticatorWith('relay-client');
    const authenticate = () => authenticateBearer(authenticator, token);
    await authenticate();
    const meanwhile = Promise.all(Array.from({ length: 10 }, authenticate));
    authenticator.replaceIssuers([issuerWith('next')]);
    await meanwhile;
    expect(await authenticate()).toMatchObject({ subject: service.clientId });
    // One that the provider doesn’t take shows that it is the one of now that is shown.
    authenticator.replaceIssuers([issuerWith('stranger')]);
    await expect(authenticateBearer(authenticator, await opaqueToken())).rejects.toThrow();
  });

  it('introspects for the relay’s certificate, whose name is its whole credential', async () => {
    const token = await opaqueToken();
    const authenticator = authenticatorWith('relay-client');
    expect(await authenticateBearer(authenticator, token)).toMatchObject({
      kind: 'service',
      subject: service.clientId,
      groups: service.groups,
    });
    await expect(authenticateBearer(authenticatorWith('other-name'), token)).rejects.toThrow(
      /refused the relay’s own credentials/,
    );
  });
});
