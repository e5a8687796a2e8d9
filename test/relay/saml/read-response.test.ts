import { beforeAll, describe, expect, it } from 'vitest';
import { samlSchema } from '../../../relay/config/saml-schema.ts';
import { decodePosted } from '../../../relay/saml/decode-message.ts';
import { type IdpMetadata, readIdpMetadata } from '../../../relay/saml/idp-metadata.ts';
import { readResponse } from '../../../relay/saml/read-response.ts';
import { type ServiceProvider, serviceProviderMetadata } from '../../../relay/saml/service-provider.ts';
import { goodContent, type ResponseContent, success } from './response-template.ts';
import { type KeyPair, makeKeyPair } from './saml-certificates.ts';
import { samlifyIdp, samlifySp, type SignerOptions, signedResponse, tampered } from './saml-signer.ts';

const idpId = 'https://idp.example.com/saml';
const requestId = '_0123456789abcdef0123456789abcdef01234567';
const now = Date.now();
let idpKeys: KeyPair;
let otherKeys: KeyPair;
let sp: ServiceProvider;
let idp: IdpMetadata;

beforeAll(async () => {
  const [signing, encryption, first, second] = await Promise.all([
    makeKeyPair('relay signing'),
    makeKeyPair('relay encryption'),
    makeKeyPair('idp'),
    makeKeyPair('somebody else'),
  ]);
  idpKeys = first;
  otherKeys = second;
  const config = samlSchema.parse({
    name: 'SAML',
    idp: { metadata: 'idp.xml' },
    signing: { key: 'k', cert: 'c' },
  });
  sp = {
    config,
    entityId: 'https://relay.example.com/saml-bridge/metadata',
    consumerUrl: 'https://relay.example.com/saml-bridge/acs',
    logoutUrl: 'https://relay.example.com/saml-bridge/slo',
    signing,
    encryption,
  };
  idp = readIdpMetadata(samlifyIdp({ entityId: idpId, signing: idpKeys }).getMetadata(), undefined, now);
});

interface Variation {
  readonly content?: Partial<ResponseContent>;
  readonly signer?: Partial<SignerOptions>;
  readonly signResponse?: boolean;
  readonly tamper?: (xml: string) => string;
  readonly sp?: Partial<ServiceProvider>;
}

async function respond({ content, signer, signResponse = false, tamper }: Variation): Promise<string> {
  const good = goodContent({ idp: idpId, audience: sp.entityId, recipient: sp.consumerUrl, requestId, nowMs: now });
  const encoded = await signedResponse(
    samlifyIdp({ entityId: idpId, signing: idpKeys, ...signer }),
    samlifySp(serviceProviderMetadata(sp), { signResponse }),
    { ...good, ...content },
  );
  return tamper === undefined ? encoded : tampered(encoded, tamper);
}

async function read(variation: Variation = {}) {
  const xml = decodePosted(await respond(variation));
  return readResponse(xml, { ...sp, ...variation.sp }, idp, requestId, now);
}

const strict = (): Partial<ServiceProvider> => ({ config: { ...sp.config, require_signed_responses: true } });
const assertionOf = (xml: string): string => /<saml:Assertion .*<\/saml:Assertion>/s.exec(xml)?.[0] ?? '';
const signatureOf = (xml: string): string => /<ds:Signature .*?<\/ds:Signature>/s.exec(xml)?.[0] ?? '';
/** The signed assertion changed into what an attacker wants to be, under another ID. */
const forged = (xml: string): string =>
  assertionOf(xml)
    .replace(signatureOf(xml), '')
    .replace(/ ID="[^"]*"/, ' ID="_forged"')
    .replace('>p-4711<', '>admin<')
    .replace('>alice<', '>admin<');

const inner = (value: string): string => `<samlp:StatusCode Value="${value}"/>`;
const statusOf = (value: string, codes: string, more = ''): string =>
  `<samlp:Status><samlp:StatusCode Value="${value}">${codes}</samlp:StatusCode>${more}</samlp:Status>`;
/** Puts something in the place of the status, which only a signature over the whole response would cover. */
const status = (instead: string) => (xml: string) => xml.replace(/<samlp:Status>.*<\/samlp:Status>/s, () => instead);

describe('refuses', () => {
  const minute = 60_000;
  const cases: [string, Variation, RegExp][] = [
    ['an assertion without a signature', { tamper: (xml) => xml.replace(signatureOf(xml), '') }, /isn’t signed/],
    [
      'a signed response with an unsigned assertion',
      {
        signResponse: true,
        tamper: (xml) => xml.replace(assertionOf(xml), assertionOf(xml).replace(signatureOf(assertionOf(xml)), '')),
      },
      /isn’t signed/,
    ],
    ['a signature of another key', { signer: { signing: undefined as never } }, /isn’t signed/],
    ['a changed attribute', { tamper: (xml) => xml.replace('>developers<', '>admins<') }, /isn’t signed/],
    ['a changed NameID', { tamper: (xml) => xml.replace('>p-4711<', '>p-1<') }, /isn’t signed/],
    [
      'a SHA-1 signature',
      { signer: { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' } },
      /rsa-sha1 for SignatureMethod|sha1 for DigestMethod/,
    ],
    ['another audience', { content: { audience: 'https://other.example.com' } }, /meant for “https:\/\/other/],
    ['no audience', { content: { audience: null } }, /no audience/],
    ['no conditions', { content: { conditions: false } }, /no Conditions/],
    ['another recipient', { content: { recipient: 'https://relay.example.com/acs' } }, /recipient/],
    ['another destination', { content: { destination: 'https://other.example.com/acs' } }, /destination/],
    ['another issuer of the response', { content: { idp: 'https://evil.example.com' } }, /comes from “https:\/\/evil/],
    ['another issuer of the assertion', { content: { assertionIssuer: 'https://evil.example.com' } }, /comes from/],
    ['another request’s answer', { content: { inResponseTo: '_other' } }, /answers another request/],
    [
      'a confirmation for another request',
      { content: { confirmationInResponseTo: '_other' } },
      /answers another request/,
    ],
    ['a confirmation for no request', { content: { confirmationInResponseTo: null } }, /answers another request/],
    [
      'an answer that says no',
      { content: { status: 'urn:oasis:names:tc:SAML:2.0:status:AuthnFailed' } },
      /AuthnFailed/,
    ],
    [
      'conditions that have ended',
      { content: { notBeforeMs: now - 10 * minute, notOnOrAfterMs: now - 2 * minute } },
      /ended/,
    ],
    ['conditions that haven’t begun', { content: { notBeforeMs: now + 2 * minute } }, /isn’t valid yet/],
    ['an assertion from the future', { content: { issuedAtMs: now + 2 * minute } }, /from the future/],
    ['a session that has ended', { content: { sessionNotOnOrAfterMs: now - 2 * minute } }, /session .* has ended/],
    ['a comment in the NameID', { content: { nameId: 'admin<!-- -->.evil' } }, /comments/],
    [
      'a comment put into the NameID later',
      { tamper: (xml) => xml.replace('>p-4711<', '>p-<!---->4711<') },
      /comments/,
    ],
    ['a CDATA section', { tamper: (xml) => xml.replace('>p-4711<', '><![CDATA[p-4711]]><') }, /CDATA/],
    [
      'a document type with an external entity (XXE)',
      {
        tamper: (xml) => `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${xml.replace('>p-4711<', '>&x;<')}`,
      },
      /document type/,
    ],
    ['a processing instruction', { tamper: (xml) => `<?xml-stylesheet href="x"?>${xml}` }, /processing instructions/],
    [
      'deep nesting',
      { tamper: (xml) => xml.replace('<samlp:Status>', `${'<a>'.repeat(90)}${'</a>'.repeat(90)}<samlp:Status>`) },
      /nested too deeply/,
    ],
    ['another version', { tamper: (xml) => xml.replace('Version="2.0"', 'Version="1.1"') }, /isn’t SAML 2\.0/],
    ['no version', { tamper: (xml) => xml.replace(' Version="2.0"', '') }, /isn’t SAML 2\.0/],
    ['no assertion', { tamper: (xml) => xml.replace(assertionOf(xml), '') }, /holds no assertion/],
    ['no status', { tamper: status('') }, /refused the sign-in: “no status”/],
    ['a status without a code', { tamper: status('<samlp:Status/>') }, /“no status”/],
    ['a code that says nothing', { tamper: status('<samlp:Status><samlp:StatusCode/></samlp:Status>') }, /“no status”/],
    ['two statuses', { tamper: status(statusOf(success, '').repeat(2)) }, /2 Status elements/],
    ['success inside of a failure', { tamper: status(statusOf('urn:x:Responder', inner(success))) }, /Success”/],
    [
      'a failure, with what is said of it',
      {
        tamper: status(
          statusOf('urn:x:Responder', inner('urn:x:Denied'), '<samlp:StatusMessage>no</samlp:StatusMessage>'),
        ),
      },
      /“urn:x:Denied”, “no”/,
    ],
    [
      'a success elsewhere',
      { tamper: status(`<samlp:Extensions>${statusOf(success, '')}</samlp:Extensions>`) },
      /“no status”/,
    ],
    ['half a document', { tamper: (xml) => xml.slice(0, xml.length / 2) }, /well-formed/],
  ];
  it.each(cases)('%s', async (_name, variation, message) => {
    const given =
      variation.signer !== undefined && 'signing' in variation.signer && variation.signer.signing === undefined
        ? { ...variation, signer: { ...variation.signer, signing: otherKeys } }
        : variation;
    await expect(read(given)).rejects.toThrow(message);
  });

  it('a response that isn’t signed as a whole where that is demanded', async () => {
    await expect(read({ sp: strict() })).rejects.toThrow('isn’t signed');
  });

  it('a plain assertion where encryption is demanded', async () => {
    const demanding = { config: { ...sp.config, require_encrypted_assertions: true } };
    await expect(read({ sp: demanding })).rejects.toThrow('isn’t encrypted, which is required');
  });

  it('an encrypted assertion without a key for it, naming the setting', async () => {
    await expect(read({ signer: { encrypt: true }, sp: { encryption: undefined } })).rejects.toThrow('“encryption”');
  });

  it('an encrypted assertion that was changed, with the same words as a wrong signature', async () => {
    const change = (xml: string): string => {
      const end = xml.lastIndexOf('</', xml.lastIndexOf('CipherValue>'));
      return `${xml.slice(0, end - 60)}AAAA${xml.slice(end - 56)}`;
    };
    await expect(read({ signer: { encrypt: true }, tamper: change })).rejects.toThrow(/isn’t signed|not encrypted/);
  });

  it('a SHA-1 signature inside an encrypted assertion, with the cause for the log only', async () => {
    const signer = { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', encrypt: true };
    await expect(read({ signer })).rejects.toMatchObject({
      message: 'The response isn’t signed, or not encrypted, as the relay demands.',
      cause: { message: expect.stringMatching(/sha1 for (?:SignatureMethod|DigestMethod)/) },
    });
  });

  it('an unsigned assertion inside encryption', async () => {
    const unsigned = samlifySp(
      serviceProviderMetadata({ ...sp, config: sp.config }).replace('WantAssertionsSigned="true"', ''),
      {
        signResponse: true,
      },
    );
    const good = goodContent({ idp: idpId, audience: sp.entityId, recipient: sp.consumerUrl, requestId, nowMs: now });
    const signer = samlifyIdp({ entityId: idpId, signing: idpKeys, encrypt: true });
    const xml = decodePosted(await signedResponse(signer, unsigned, good));
    await expect(readResponse(xml, sp, idp, requestId, now)).rejects.toThrow('isn’t signed');
  });

  it('an answer that nobody asked for (begun at the provider), with what to do', async () => {
    await expect(read({ content: { inResponseTo: null } })).rejects.toThrow('Begin it in Causeway');
  });
});

describe('refuses signature wrapping', () => {
  const wrap: [string, (xml: string) => string][] = [
    [
      'forged response around the signed one',
      (xml) => xml.replace(assertionOf(xml), `${forged(xml)}<samlp:Extensions>${xml}</samlp:Extensions>`),
    ],
    [
      'signed response inside the forged one’s signature',
      (xml) => xml.replace('</ds:Signature>', `<ds:Object>${assertionOf(xml)}</ds:Object></ds:Signature>`),
    ],
    ['a Manifest beside what is signed', (xml) => xml.replace('</ds:Signature>', '<ds:Manifest/></ds:Signature>')],
    ['an Object beside what is signed', (xml) => xml.replace('</ds:Signature>', '<ds:Object/></ds:Signature>')],
    ['forged assertion before the signed one', (xml) => xml.replace(assertionOf(xml), forged(xml) + assertionOf(xml))],
    ['forged assertion after the signed one', (xml) => xml.replace(assertionOf(xml), assertionOf(xml) + forged(xml))],
    [
      'signed assertion inside the forged one',
      (xml) =>
        xml.replace(assertionOf(xml), forged(xml).replace('</saml:Assertion>', `${assertionOf(xml)}</saml:Assertion>`)),
    ],
    [
      'signed assertion in the forged one’s advice',
      (xml) =>
        xml.replace(
          assertionOf(xml),
          forged(xml).replace(
            '<saml:AuthnStatement',
            `<saml:Advice>${assertionOf(xml)}</saml:Advice><saml:AuthnStatement`,
          ),
        ),
    ],
    [
      'signature moved into the forged assertion, the signed one elsewhere',
      (xml) => {
        const moved = forged(xml).replace('<saml:Subject>', `${signatureOf(xml)}<saml:Subject>`);
        const original = assertionOf(xml).replace(signatureOf(xml), '');
        return xml.replace(assertionOf(xml), `${moved}<samlp:Extensions>${original}</samlp:Extensions>`);
      },
    ],
    [
      'signed assertion in an Object of the moved signature',
      (xml) => {
        const original = assertionOf(xml).replace(signatureOf(xml), '');
        const withObject = signatureOf(xml).replace(
          '</ds:Signature>',
          `<ds:Object>${original}</ds:Object></ds:Signature>`,
        );
        return xml.replace(assertionOf(xml), forged(xml).replace('<saml:Subject>', `${withObject}<saml:Subject>`));
      },
    ],
    [
      'forged assertion with the signed one’s ID',
      (xml) =>
        xml.replace(
          assertionOf(xml),
          forged(xml).replace('"_forged"', `"${/<saml:Assertion [^>]*ID="([^"]*)"/.exec(xml)?.[1]}"`) +
            assertionOf(xml),
        ),
    ],
    ['two signatures on one assertion', (xml) => xml.replace(signatureOf(xml), signatureOf(xml) + signatureOf(xml))],
    ['a second SignedInfo', (xml) => xml.replace(/<ds:SignedInfo>.*?<\/ds:SignedInfo>/s, (info) => info + info)],
    ['a reference to nothing', (xml) => xml.replace(/URI="#[^"]*"/, 'URI=""')],
  ];
  it.each(wrap)('%s', async (_name, tamper) => {
    await expect(read({ tamper })).rejects.toMatchObject({ code: 'token-rejected' });
    await expect(read({ tamper, signResponse: true })).rejects.toMatchObject({ code: 'token-rejected' });
  });
});

describe('accepts', () => {
  it('a signed assertion, and takes from it who signed in, when and how', async () => {
    const subject = await read();
    expect(subject).toMatchObject({
      nameId: 'p-4711',
      authnContext: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      authenticatedAtMs: now,
    });
    expect(subject.attributes.get('groups')).toEqual(['developers', 'sre']);
  });

  it('a signed response with a signed assertion, also where that is demanded', async () => {
    expect((await read({ signResponse: true, sp: strict() })).nameId).toBe('p-4711');
  });

  it('a signed assertion inside encryption', async () => {
    expect((await read({ signer: { encrypt: true } })).attributes.get('uid')).toEqual(['alice']);
  });

  it('clocks that differ by less than the leeway', async () => {
    const content = { notBeforeMs: now + 50_000, issuedAtMs: now + 50_000, authnInstantMs: now + 50_000 };
    expect((await read({ content })).nameId).toBe('p-4711');
  });
});

describe('takes a response', () => {
  it.each<[what: string, variation: Variation]>([
    ['without a destination', { content: { destination: null } }],
    ['that names its issuer only inside', { tamper: (xml) => xml.replace(/<saml:Issuer>.*?<\/saml:Issuer>/s, '') }],
    ['that says more of its success', { tamper: status(statusOf(success, inner('urn:x:Cached'))) }],
  ])('%s', async (_what, variation) => {
    expect(await read(variation)).toMatchObject({ nameId: 'p-4711' });
  });
});
