import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { makeKeyPair } from './saml-certificates.ts';
import { samlifyIdp } from './saml-signer.ts';

type SamlInput = NonNullable<ConfigInput['saml']>;
let dir: string;
const file = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-saml-config-'));
  for (const name of ['signing', 'other']) {
    const { key, cert } = await makeKeyPair(name);
    writeFileSync(file(`${name}.key`), key, { mode: 0o600 });
    writeFileSync(file(`${name}.pem`), cert);
  }
  writeFileSync(file('open.key'), (await makeKeyPair('open')).key);
  chmodSync(file('open.key'), 0o644);
  const signing = await makeKeyPair('idp');
  writeFileSync(file('idp.xml'), samlifyIdp({ entityId: 'https://idp.example.com', signing }).getMetadata());
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const saml: SamlInput = {
  name: 'Example SAML',
  idp: { metadata: 'idp.xml' },
  signing: { key: 'signing.key', cert: 'signing.pem' },
};

async function load(change: Partial<SamlInput> | null, more: Partial<ConfigInput> = {}) {
  const config = {
    relay: { name: 'Example Company', url: 'https://relay.example.com', data: 'data' },
    issuers: [],
    apis: [],
    ...(change === null ? {} : { saml: { ...saml, ...change } }),
    ...more,
  };
  writeFileSync(file('relay.yaml'), stringify(config), { mode: 0o600 });
  return loadConfig(file('relay.yaml'));
}

describe('the section saml is refused', () => {
  it.each<[string, Partial<SamlInput>, string]>([
    [
      'with a key that others can read',
      { signing: { key: 'open.key', cert: 'signing.pem' } },
      'others on this system can read',
    ],
    ['with a key of another certificate', { signing: { key: 'other.key', cert: 'signing.pem' } }, 'doesn’t belong'],
    ['with a certificate that is none', { encryption: { key: 'other.key', cert: 'idp.xml' } }, 'no certificate'],
    ['with metadata that doesn’t exist', { idp: { metadata: 'nowhere.xml' } }, 'saml.idp.metadata: names'],
    ['with a required claim that nothing gives', { required: ['badge'] }, 'names “badge”'],
    ['with a claim of the protocol', { claims: { sub: 'x' } }, 'attributes can’t set'],
    ['with more leeway than a minute', { clock_leeway_seconds: 61 }, 'at most 60'],
  ])('%s', async (_name, change, message) => {
    await expect(load(change)).rejects.toThrow(message);
  });

  it('beside an issuer of the same name', async () => {
    const issuer = { name: 'Example SAML', issuer: 'https://idp.example.com', client_id: 'x', audience: 'x' };
    await expect(load({}, { issuers: [issuer] })).rejects.toThrow('an issuer has already');
  });

  it('left out without any issuer', async () => {
    await expect(load(null)).rejects.toThrow('must not be empty');
  });
});

describe('the section saml', () => {
  it('adds the bridge to the issuers, strict in all', async () => {
    const { config, saml: settings } = await load({});
    expect(config.issuers).toMatchObject([
      {
        name: 'Example SAML',
        issuer: 'https://relay.example.com/saml-bridge',
        client_id: 'causeway',
        audience: 'https://relay.example.com',
        algorithms: ['ES256'],
        typ: 'strict',
        exclusive_audience: true,
        dpop: 'required',
      },
    ]);
    expect(settings?.signing.key).toContain('PRIVATE KEY');
  });

  it('reloads when one of its files changes', async () => {
    const { digest, files } = await load({});
    expect(files).toEqual(expect.arrayContaining([file('idp.xml'), file('signing.key'), file('signing.pem')]));
    writeFileSync(
      file('idp.xml'),
      samlifyIdp({ entityId: 'https://two.example.com', signing: await makeKeyPair('two') }).getMetadata(),
    );
    expect((await load({})).digest).not.toBe(digest);
  });
});
