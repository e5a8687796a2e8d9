import { beforeAll, describe, expect, it } from 'vitest';
import { readIdpMetadata } from '../../../relay/saml/idp-metadata.ts';
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
    ['without a sign-in address', () => xml.replaceAll('SingleSignOnService', 'Other'), 'offers sign-in neither'],
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
});
