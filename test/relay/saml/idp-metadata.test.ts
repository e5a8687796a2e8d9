import { beforeAll, describe, expect, it } from 'vitest';
import { isSecureUrl, readIdpMetadata } from '../../../relay/saml/idp-metadata.ts';
import { bare, type KeyPair, makeKeyPair } from './saml-certificates.ts';
import { samlifyIdp } from './saml-signer.ts';

const now = Date.parse('2026-06-01T00:00:00Z');
const entityId = 'https://idp.example.com/saml';
let keys: KeyPair;
let xml: string;

beforeAll(async () => {
  keys = await makeKeyPair('idp');
  xml = samlifyIdp({ entityId, signing: keys, signOutUrl: `${entityId}/slo` }).getMetadata();
});

const both = (): string =>
  `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${xml}${xml.replaceAll(entityId, 'https://two.example.com')}</EntitiesDescriptor>`.replaceAll(
    /<\?xml[^>]*\?>/g,
    '',
  );

describe('metadata of a provider is refused', () => {
  it.each([
    ['with a document type', () => `<!DOCTYPE x>${xml}`, 'document type'],
    ['that isn’t XML', () => '{}', 'well-formed'],
    ['without a provider', () => xml.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'), 'no identity provider'],
    [
      'with two roles as a provider',
      () => xml.replace(/<IDPSSODescriptor.*<\/IDPSSODescriptor>/su, (role) => role + role),
      'no single identity provider',
    ],
    ['without a name', () => xml.replace(/ entityID="[^"]*"/u, ''), 'no entityID'],
    ['with an empty name', () => xml.replace(/ entityID="[^"]*"/u, ' entityID=""'), 'no entityID'],
    ['larger than 4 MiB', () => xml + ' '.repeat(4 * 1024 * 1024), 'larger than 4 MiB'],
    ['that ends now', () => xml.replace('entityID=', 'validUntil="2026-06-01T00:00:00Z" entityID='), 'was valid until'],
    ['that ends at no time', () => xml.replace('entityID=', 'validUntil="soon" entityID='), 'was valid until'],
    ['without a signing certificate', () => xml.replaceAll('use="signing"', 'use="encryption"'), 'no certificate'],
    ['with a certificate that can’t be read', () => xml.replace(bare(keys.cert), 'AAAA'), 'can’t be read'],
    [
      'of another kind',
      () =>
        xml
          .replaceAll(/(<\/?)EntityDescriptor/gu, '$1x:EntityDescriptor')
          .replace(' entityID', ' xmlns:x="urn:x" entityID'),
      'no identity provider',
    ],
    ['without a sign-in address', () => xml.replaceAll('SingleSignOnService', 'Other'), 'offers sign-in neither'],
    [
      'with a sign-in address that isn’t one',
      () => xml.replaceAll(/Location="[^"]*"/gu, 'Location="sso"'),
      'isn’t https',
    ],
    ['without a place of the sign-in', () => xml.replaceAll(/ Location="[^"]*"/gu, ''), 'isn’t https'],
    [
      'with an address for answers in the clear',
      () => xml.replace(/<SingleLogoutService/u, '$& ResponseLocation="http://idp.example.com/slo"'),
      'isn’t https',
    ],
    ['with a sign-in address in the clear', () => xml.replaceAll('https://idp', 'http://idp'), 'isn’t https'],
    [
      'that has ended',
      () => xml.replace('entityID=', 'validUntil="2026-05-31T00:00:00Z" entityID='),
      'was valid until',
    ],
    ['of several providers, unless one is named', both, 'entity_id'],
  ])('%s', (_name, make, message) => {
    expect(() => readIdpMetadata(make(), undefined, now)).toThrow(message);
  });

  it.each<[what: string, kind: 'rsa' | 'ec', size: number]>([
    ['of RSA with 1,024 bits', 'rsa', 1024],
    ['of a curve', 'ec', 256],
  ])('with a key %s', async (_what, kind, size) => {
    const weak = await makeKeyPair('weak', kind, size);
    expect(() => readIdpMetadata(xml.replaceAll(bare(keys.cert), bare(weak.cert)), undefined, now)).toThrow(
      'isn’t RSA with at least 2048 bits',
    );
  });

  it('that doesn’t describe the named one', () => {
    expect(() => readIdpMetadata(xml, 'https://other.example.com', now)).toThrow('no identity provider “https://other');
  });
});

describe('metadata of a provider', () => {
  it('gives addresses and signing certificates', () => {
    expect(readIdpMetadata(xml, undefined, now)).toEqual({
      entityId,
      certificates: [expect.stringContaining('BEGIN CERTIFICATE')],
      signIn: { binding: 'redirect', url: `${entityId}/sso` },
      signOut: { url: `${entityId}/slo`, responseUrl: `${entityId}/slo` },
    });
  });

  it('of several gives the named one, comments or not', () => {
    const commented = both().replace('<EntityDescriptor', '<!-- federation --><EntityDescriptor');
    expect(readIdpMetadata(commented, 'https://two.example.com', now).entityId).toBe('https://two.example.com');
  });

  it.each<[what: string, change: (text: string) => string]>([
    ['named for no use', (text) => text.replaceAll(' use="signing"', '')],
    ['named for an empty use', (text) => text.replaceAll('use="signing"', 'use=""')],
    ['named twice', (text) => text.replace(/<KeyDescriptor use="signing".*?<\/KeyDescriptor>/su, '$&$&')],
    [
      'beside one for encryption that can’t be read',
      (text) =>
        text.replace(
          /<KeyDescriptor use="signing".*?<\/KeyDescriptor>/su,
          (descriptor) => descriptor + descriptor.replace('signing', 'encryption').replace(bare(keys.cert), 'AAAA'),
        ),
    ],
  ])('counts a certificate once that is %s', (_what, change) => {
    expect(change(xml)).not.toBe(xml);
    expect(readIdpMetadata(change(xml), undefined, now).certificates).toEqual(
      readIdpMetadata(xml, undefined, now).certificates,
    );
  });

  it('gives all certificates where the provider is about to change them', async () => {
    const next = await makeKeyPair('next');
    const two = xml.replace(
      /<KeyDescriptor use="signing".*?<\/KeyDescriptor>/su,
      (descriptor) => descriptor + descriptor.replace(bare(keys.cert), bare(next.cert)),
    );
    expect(readIdpMetadata(two, undefined, now).certificates).toHaveLength(2);
  });

  it.each<[what: string, change: (text: string) => string, read: object]>([
    [
      'by POST, where there is no redirect',
      (text) => text.replaceAll('HTTP-Redirect', 'SOAP'),
      { signIn: { binding: 'post', url: `${entityId}/sso` }, signOut: null },
    ],
    ['without sign-out', (text) => text.replaceAll('SingleLogoutService', 'Other'), { signOut: null }],
    [
      'with an address of its own for answers',
      (text) => text.replaceAll('<SingleLogoutService', '$& ResponseLocation="https://idp.example.com/answers"'),
      { signOut: { url: `${entityId}/slo`, responseUrl: 'https://idp.example.com/answers' } },
    ],
    [
      'that is valid for a moment more',
      (text) => text.replace('entityID=', 'validUntil="2026-06-01T00:00:00.001Z" entityID='),
      { entityId },
    ],
  ])('is read %s', (_what, change, read) => {
    expect(change(xml)).not.toBe(xml);
    expect(readIdpMetadata(change(xml), undefined, now)).toMatchObject(read);
  });
});

it.each([
  ['https://idp.example.com/', true],
  ['http://127.0.0.1:8080/', true],
  ['http://[::1]/', true],
  ['http://localhost/', true],
  ['http://idp.example.com/', false],
  ['http://127.0.0.2/', false],
  ['http://127.0.0.1.example.com/', false],
  ['http://localhost.example.com/', false],
  ['http://not-localhost/', false],
  ['ftp://localhost/', false],
])('%s is safe to send people to: %s', (url, isSecure) => {
  expect(isSecureUrl(new URL(url))).toBe(isSecure);
});
