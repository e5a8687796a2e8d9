import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { encrypt, type EncryptOptions } from 'xml-encryption';
import { samlSchema } from '../../../relay/config/saml-schema.ts';
import { type IdpMetadata, readIdpMetadata } from '../../../relay/saml/idp-metadata.ts';
import { readLogout } from '../../../relay/saml/read-logout.ts';
import { type ServiceProvider, serviceProviderMetadata } from '../../../relay/saml/service-provider.ts';
import { type KeyPair, makeKeyPair } from './saml-certificates.ts';
import { samlifyIdp, samlifySp } from './saml-signer.ts';

const idpId = 'https://idp.example.com/saml';
const logoutUrl = 'https://relay.example.com/saml-bridge/slo';
const nowMs = Date.UTC(2026, 0, 5, 10);
const minuteMs = 60_000;
const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

let idpKeys: KeyPair;
let otherKeys: KeyPair;
let encryption: KeyPair;
let idp: IdpMetadata;
let sp: ServiceProvider;

beforeAll(async () => {
  const signing = await makeKeyPair('relay signing');
  [idpKeys, otherKeys, encryption] = await Promise.all([
    makeKeyPair('idp'),
    makeKeyPair('somebody else'),
    makeKeyPair('relay encryption'),
  ]);
  const config = samlSchema.parse({ name: 'SAML', idp: { metadata: 'idp.xml' }, signing: { key: 'k', cert: 'c' } });
  const entityId = 'https://relay.example.com/saml-bridge/metadata';
  const consumerUrl = 'https://relay.example.com/saml-bridge/acs';
  sp = { config, entityId, consumerUrl, logoutUrl, signing, encryption };
  const signer = samlifyIdp({ entityId: idpId, signing: idpKeys, signOutUrl: 'https://idp.example.com/slo' });
  idp = readIdpMetadata(signer.getMetadata(), undefined, Date.now());
});

const namespaces =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
const at = (offsetMs: number): string => new Date(nowMs + offsetMs).toISOString();
const plainName = '<saml:NameID>p-4711</saml:NameID>';

interface Parts {
  readonly root?: string;
  readonly id?: string;
  readonly destination?: string;
  readonly issuer?: string;
  readonly issuedAt?: string;
  readonly more?: string;
  readonly name?: string;
  readonly sessions?: string;
}

function message(parts: Parts = {}): string {
  const { root = 'LogoutRequest', id = ' ID="_m1"', destination = ` Destination="${logoutUrl}"` } = parts;
  const { issuer = idpId, issuedAt = ` IssueInstant="${at(0)}"`, more = '', name = plainName, sessions = '' } = parts;
  return (
    `<samlp:${root} ${namespaces}${id} Version="2.0"${destination}${issuedAt}${more}>` +
    `<saml:Issuer>${issuer}</saml:Issuer>${name}${sessions}</samlp:${root}>`
  );
}

interface Sending {
  readonly type?: string;
  readonly relayState?: string;
  readonly key?: () => KeyPair;
  readonly algorithm?: string;
  readonly digest?: string;
  /** What becomes of the query once it is signed. */
  readonly change?: (query: string) => string;
}

/** A query as SAML bindings §3.4.4.1 has it signed. */
function query(
  xml: string,
  { type = 'SAMLRequest', relayState, key, algorithm = rsaSha256, digest = 'sha256', change }: Sending,
): string {
  const encoded = encodeURIComponent(deflateRawSync(Buffer.from(xml)).toString('base64'));
  const state = relayState === undefined ? '' : `&RelayState=${encodeURIComponent(relayState)}`;
  const signed = `${type}=${encoded}${state}&SigAlg=${encodeURIComponent(algorithm)}`;
  const signature = sign(digest, Buffer.from(signed), (key?.() ?? idpKeys).key).toString('base64');
  const whole = `${signed}&Signature=${encodeURIComponent(signature)}`;
  return change === undefined ? whole : change(whole);
}

const read = (parts: Parts = {}, sending: Sending = {}, provider: Partial<ServiceProvider> = {}) =>
  readLogout({ binding: 'redirect', query: query(message(parts), sending) }, { ...sp, ...provider }, idp, nowMs);

describe('a logout request', () => {
  it('is read with all that it says', async () => {
    const sessions = '<samlp:SessionIndex>s1</samlp:SessionIndex><samlp:SessionIndex>s2</samlp:SessionIndex>';
    expect(await read({ sessions }, { relayState: 'a b&c' })).toEqual({
      type: 'request',
      id: '_m1',
      nameId: 'p-4711',
      sessionIndexes: ['s1', 's2'],
      usableUntilMs: nowMs + 5 * minuteMs + 2 * minuteMs,
      relayState: 'a b&c',
    });
  });

  it.each<[what: string, parts: Parts]>([
    ['issued as long ago as it may be', { issuedAt: ` IssueInstant="${at(-6 * minuteMs)}"` }],
    ['issued by a clock that is a minute ahead', { issuedAt: ` IssueInstant="${at(minuteMs)}"` }],
    ['that ends in a moment, by a clock that is a minute ahead', { more: ` NotOnOrAfter="${at(1 - minuteMs)}"` }],
  ])('%s is read', async (_what, parts) => {
    expect(await read(parts)).toMatchObject({ nameId: 'p-4711', sessionIndexes: [], relayState: undefined });
  });

  it.each<[what: string, parts: Parts, why: RegExp]>([
    ['issued too long ago', { issuedAt: ` IssueInstant="${at(-6 * minuteMs - 1)}"` }, /isn’t of now/],
    ['issued in the future', { issuedAt: ` IssueInstant="${at(minuteMs + 1)}"` }, /isn’t of now/],
    ['that doesn’t say when it was issued', { issuedAt: '' }, /isn’t of now/],
    ['issued at no time', { issuedAt: ' IssueInstant="yesterday"' }, /isn’t a time/],
    ['that has ended', { more: ` NotOnOrAfter="${at(-minuteMs)}"` }, /has ended/],
    ['without an ID', { id: '' }, /has no ID/],
    ['with an empty ID', { id: ' ID=""' }, /has no ID/],
    ['for another address', { destination: ' Destination="https://other.example/slo"' }, /is for/],
    ['for an address that begins like the relay’s', { destination: ` Destination="${logoutUrl}/x"` }, /is for/],
    ['for no address', { destination: '' }, /is for/],
    ['of another issuer', { issuer: 'https://other.example' }, /comes from/],
    ['that names nobody', { name: '' }, /names nobody/],
    ['that names two', { name: plainName + plainName }, /./],
    ['that names somebody openly and in secret', { name: `${plainName}<saml:EncryptedID/>` }, /names nobody/],
    ['whose secret can’t be read', { name: '<saml:EncryptedID><a/></saml:EncryptedID>' }, /names nobody/],
    ['that is a response', { root: 'LogoutResponse' }, /isn’t a SAML LogoutRequest/],
  ])('%s is refused', async (_what, parts, why) => {
    await expect(read(parts)).rejects.toMatchObject({ code: 'token-rejected', message: expect.stringMatching(why) });
  });
});

describe('an encrypted name', () => {
  const encryptXml = promisify<string, EncryptOptions, string>(encrypt);

  async function encrypted(xml: string): Promise<string> {
    const made = await encryptXml(xml, {
      rsa_pub: encryption.cert,
      pem: encryption.cert,
      encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    });
    return `<saml:EncryptedID>${made}</saml:EncryptedID>`;
  }
  const inside = (xml: string): string => xml.replace('>', ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">');

  it('is read with the relay’s key', async () => {
    expect(await read({ name: await encrypted(inside(plainName)) })).toMatchObject({ nameId: 'p-4711' });
  });

  it('is refused without that key, with another, beside an open one, and when it is something else', async () => {
    const name = await encrypted(inside(plainName));
    const why = { code: 'token-rejected', message: expect.stringContaining('names nobody') };
    await expect(read({ name }, {}, { encryption: undefined })).rejects.toMatchObject(why);
    await expect(read({ name }, {}, { encryption: otherKeys })).rejects.toMatchObject(why);
    await expect(read({ name: plainName + name })).rejects.toMatchObject(why);
    for (const other of [inside('<saml:Issuer>p-4711</saml:Issuer>'), '<NameID>p-4711</NameID>'])
      await expect(read({ name: await encrypted(other) })).rejects.toMatchObject(why);
  });
});

describe('a logout response', () => {
  it.each([
    [' InResponseTo="_r1"', '_r1'],
    ['', ''],
  ])('is read, what it answers to with it (%s)', async (more, inResponseTo) => {
    expect(await read({ root: 'LogoutResponse', more, name: '' }, { type: 'SAMLResponse' })).toEqual({
      type: 'response',
      inResponseTo,
    });
  });

  it('can’t come as a request, nor a request as a response', async () => {
    await expect(read({ root: 'LogoutRequest' }, { type: 'SAMLResponse' })).rejects.toThrow('SAML LogoutResponse');
  });
});

describe('the query of a message', () => {
  it.each<[what: string, sending: Sending, why: RegExp]>([
    ['that another key signed', { key: () => otherKeys }, /isn’t signed by the sign-in service/],
    ['without a signature', { change: (text) => text.replace(/&Signature=.*/u, '') }, /isn’t signed/],
    ['with an empty signature', { change: (text) => text.replace(/&Signature=.*/u, '&Signature=') }, /isn’t signed/],
    ['without an algorithm', { change: (text) => text.replace(/&SigAlg=[^&]*/u, '') }, /isn’t accepted/],
    ['with SHA-1', { algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }, /isn’t accepted/],
    ['with an algorithm that every object has', { algorithm: 'constructor' }, /isn’t accepted/],
    ['with a state that wasn’t signed', { change: (text) => `${text}&RelayState=x` }, /isn’t signed by/],
    ['with another state', { relayState: 'a', change: (text) => text.replace('=a&', '=b&') }, /isn’t signed by/],
    ['of both kinds', { change: (text) => `${text}&SAMLResponse=x` }, /neither one/],
    ['of neither kind', { change: (text) => text.replace(/SAMLRequest=[^&]*&/u, '') }, /neither one/],
    ['with a request twice', { change: (text) => `${text}&SAMLRequest=x` }, /twice/],
    ['with a parameter of another', { change: (text) => `${text}&a=b` }, /don’t belong/],
    ['with an unknown encoding', { change: (text) => `${text}&SAMLEncoding=raw` }, /encoding/],
    ['with a broken escape', { relayState: 'x', change: (text) => text.replace('=x&', '=%zz&') }, /./],
  ])('%s is refused', async (_what, sending, why) => {
    await expect(read({}, sending)).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringMatching(why),
    });
  });

  it.each(['sha256', 'sha384', 'sha512'])(
    'may be signed with %s, and is refused when it says another',
    async (digest) => {
      const signedAs = (named: string) =>
        read({}, { digest, algorithm: `http://www.w3.org/2001/04/xmldsig-more#rsa-${named}` });
      expect(await signedAs(digest)).toMatchObject({ nameId: 'p-4711' });
      for (const other of ['sha256', 'sha384', 'sha512'].filter((one) => one !== digest))
        await expect(signedAs(other)).rejects.toThrow('isn’t signed by');
    },
  );

  it('may be signed by any key of the provider, and by no other', async () => {
    const signedBy = (key: KeyPair, ...certificates: string[]) =>
      readLogout(
        { binding: 'redirect', query: query(message(), { key: () => key }) },
        sp,
        { ...idp, certificates },
        nowMs,
      );
    expect(await signedBy(idpKeys, otherKeys.cert, idpKeys.cert)).toMatchObject({ nameId: 'p-4711' });
    expect(await signedBy(otherKeys, otherKeys.cert, idpKeys.cert)).toMatchObject({ nameId: 'p-4711' });
    await expect(signedBy(encryption, otherKeys.cert, idpKeys.cert)).rejects.toThrow('isn’t signed by');
    await expect(signedBy(idpKeys)).rejects.toThrow('isn’t signed by');
  });

  it('may name the encoding that it has', async () => {
    const encoding = encodeURIComponent('urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE');
    const sending = { change: (text: string) => `${text}&SAMLEncoding=${encoding}` };
    expect(await read({}, sending)).toMatchObject({ nameId: 'p-4711' });
  });
});

describe('a posted message', () => {
  const postedBy = (key: KeyPair): string => {
    const from = samlifyIdp({ entityId: idpId, signing: key, signOutUrl: 'https://idp.example.com/slo' });
    const made = from.createLogoutRequest(samlifySp(serviceProviderMetadata(sp)), 'post', { logoutNameID: 'p-4711' });
    return new URLSearchParams({ SAMLRequest: made.context, RelayState: 's' }).toString();
  };

  it('is read when the provider signed it, and refused when somebody else did', async () => {
    const post = (key: KeyPair) => readLogout({ binding: 'post', form: postedBy(key) }, sp, idp, Date.now());
    expect(await post(idpKeys)).toMatchObject({ type: 'request', nameId: 'p-4711', relayState: 's' });
    await expect(post(otherKeys)).rejects.toThrow('isn’t signed by the sign-in service');
  });

  it('that answers is read when the provider signed it, and refused when somebody else did', async () => {
    const answerOf = (key: KeyPair) => {
      const from = samlifyIdp({ entityId: idpId, signing: key, signOutUrl: 'https://idp.example.com/slo' });
      const to = samlifySp(serviceProviderMetadata(sp));
      const made = from.createLogoutResponse(to, { extract: { request: { id: '_r1' } } }, 'post', '');
      const form = new URLSearchParams({ SAMLResponse: made.context }).toString();
      return readLogout({ binding: 'post', form }, sp, idp, Date.now());
    };
    expect(await answerOf(idpKeys)).toEqual({ type: 'response', inResponseTo: '_r1' });
    await expect(answerOf(otherKeys)).rejects.toThrow('isn’t signed by the sign-in service');
  });

  const encoded = Buffer.from(message()).toString('base64');

  it.each<[what: string, form: string[][], why: RegExp]>([
    ['of nothing', [], /neither one/],
    [
      'of both kinds',
      [
        ['SAMLRequest', encoded],
        ['SAMLResponse', encoded],
      ],
      /neither one/,
    ],
    [
      'of two requests',
      [
        ['SAMLRequest', encoded],
        ['SAMLRequest', encoded],
      ],
      /neither one/,
    ],
    [
      'of two responses',
      [
        ['SAMLResponse', encoded],
        ['SAMLResponse', encoded],
      ],
      /neither one/,
    ],
    ['without a signature', [['SAMLRequest', encoded]], /isn’t signed/],
    ['that isn’t base64', [['SAMLRequest', '<a/>']], /isn’t base64/],
  ])('%s is refused', async (_what, form, why) => {
    const posted = new URLSearchParams(form).toString();
    await expect(readLogout({ binding: 'post', form: posted }, sp, idp, nowMs)).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringMatching(why),
    });
  });
});
