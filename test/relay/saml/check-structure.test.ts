import { describe, expect, it } from 'vitest';
import { checkStructure } from '../../../relay/saml/check-structure.ts';
import { parseStrictXml } from '../../../relay/saml/strict-xml.ts';

type Root = Parameters<typeof checkStructure>[1];

const xmlns =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ' +
  'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:x="urn:x"';
const response = (content: string, id = 'r'): string =>
  `<samlp:Response ${xmlns} ID="${id}">${content}</samlp:Response>`;
const assertion = (content = '', id = 'a'): string => `<saml:Assertion ID="${id}">${content}</saml:Assertion>`;
const reference = (to: string): string => `<ds:Reference URI="${to}"/>`;
const info = (content: string): string => `<ds:SignedInfo>${content}</ds:SignedInfo>`;
const signature = (content: string): string => `<ds:Signature>${content}</ds:Signature>`;
const signed = (id: string, more = ''): string => signature(info(reference(`#${id}`)) + more);
const uses = (element: string, algorithm: string): string => response(`<ds:${element} Algorithm="${algorithm}"/>`);

const check = (xml: string, root: Root = 'Response') => checkStructure(parseStrictXml(xml, 'The message'), root);

describe('a message is refused', () => {
  it.each<[what: string, xml: string, why: string, root?: Root]>([
    ['with another root', `<samlp:Other ${xmlns}/>`, 'isn’t a SAML Response'],
    ['that is an assertion', `<saml:Assertion ${xmlns}/>`, 'isn’t a SAML Response'],
    ['of a foreign namespace', `<x:Response ${xmlns}/>`, 'isn’t a SAML Response'],
    ['of the assertions’ namespace', `<saml:Response ${xmlns}/>`, 'isn’t a SAML Response'],
    ['that is a response, where an assertion belongs', response(''), 'isn’t a SAML Assertion', 'Assertion'],
    ['that is a response, where a request belongs', response(''), 'isn’t a SAML LogoutRequest', 'LogoutRequest'],
    ['with an ID twice', response('<x:a ID="1"/><x:b ID="1"/>'), 'same ID'],
    ['with the root’s ID in it', response('<x:a ID="r"/>'), 'same ID'],
    ['with an ID twice, in other letters', response('<x:a Id="1"/><x:b id="1"/>'), 'same ID'],
    ['with an ID twice, in small letters', response('<x:a id="1"/><x:b ID="1"/>'), 'same ID'],
    ['in another', response(`<samlp:Response ID="1"/>`), 'A Response stands inside'],
    ['with a foreign Response inside', response(`<x:Response/>`), 'A Response stands inside'],
    ['with a request inside', response(`<x:a><samlp:LogoutRequest/></x:a>`), 'A LogoutRequest stands inside'],
    ['with an answer inside', response(`<samlp:LogoutResponse/>`), 'A LogoutResponse stands inside'],
    ['with two assertions', response(assertion() + assertion('', 'b')), 'several assertions'],
    ['with an open and a secret one', response(`${assertion()}<saml:EncryptedAssertion/>`), 'several assertions'],
    ['with one in another', response(assertion(assertion('', 'b'))), 'several assertions'],
    ['with one further down', response(`<samlp:Extensions>${assertion()}</samlp:Extensions>`), 'stands where none'],
    ['with a secret one further down', response('<x:a><saml:EncryptedAssertion/></x:a>'), 'stands where none'],
    [
      'for logout, with an assertion',
      `<samlp:LogoutRequest ${xmlns}>${assertion()}</samlp:LogoutRequest>`,
      'An assertion stands where none',
      'LogoutRequest',
    ],
    ['with a foreign assertion', response('<x:Assertion/>'), 'foreign namespace'],
    ['with an assertion of the messages’ namespace', response('<samlp:EncryptedAssertion/>'), 'foreign namespace'],
    ['with a foreign signature', response('<x:Signature/>'), 'A signature stands where none'],
    ['signed further down', response(`<x:a ID="1">${signed('1')}</x:a>`), 'A signature stands where none'],
    ['signed within an assertion', response(assertion(`<x:a>${signed('a')}</x:a>`)), 'A signature stands where none'],
    ['signed within a signature', response(signed('r', signed('r'))), 'A signature stands where none'],
    ['signed twice', response(signed('r') + signed('r')), 'A Response has several signatures'],
    ['with an assertion signed twice', response(assertion(signed('a') + signed('a'))), 'An? Assertion has several'],
    ['with nothing signed', response(signature('')), 'no single SignedInfo'],
    ['signed over two things', response(signature(info(reference('#r')).repeat(2))), 'no single SignedInfo'],
    ['signed over nothing', response(signature(info(''))), 'doesn’t cover'],
    ['with two references', response(signature(info(reference('#r').repeat(2)))), 'doesn’t cover'],
    ['with another reference', response(signed('a') + assertion()), 'doesn’t cover'],
    ['with a reference to all', response(signature(info(reference('')))), 'doesn’t cover'],
    ['with a reference without a mark', response(signature(info(reference('r')))), 'doesn’t cover'],
    ['with a reference that says nothing', response(signature(info('<ds:Reference/>'))), 'doesn’t cover'],
    ['signed under an empty ID', response(signed(''), ''), 'doesn’t cover'],
    ['signed without an ID', response(signed('null')).replace(' ID="r"', ''), 'doesn’t cover'],
    ['with an Object', response(signed('r', '<ds:Object/>')), 'content of its own'],
    ['with a Manifest', response(signed('r', '<ds:Manifest/>')), 'content of its own'],
    ['with a foreign Object', response(signed('r', '<x:a><x:Object/></x:a>')), 'content of its own'],
    ['with SHA-1', uses('DigestMethod', 'http://www.w3.org/2000/09/xmldsig#sha1'), 'sha1 for DigestMethod'],
    [
      'signed with SHA-1',
      uses('SignatureMethod', 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'),
      'rsa-sha1 for SignatureMethod',
    ],
    [
      'with an HMAC',
      uses('SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'),
      'for SignatureMethod',
    ],
    ['with an XSLT', uses('Transform', 'http://www.w3.org/TR/1999/REC-xslt-19991116'), 'for Transform'],
    ['with an XPath', uses('Transform', 'http://www.w3.org/TR/1999/REC-xpath-19991116'), 'for Transform'],
    ['with a name that every object has', uses('SignatureMethod', 'constructor'), 'constructor for SignatureMethod'],
    ['without an algorithm', response('<ds:SignatureMethod/>'), 'no algorithm for SignatureMethod'],
    [
      'with a comment-keeping form',
      uses('CanonicalizationMethod', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments'),
      'for CanonicalizationMethod',
    ],
    [
      'encrypted with CBC',
      response(
        '<xenc:EncryptedData><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#tripledes-cbc"/></xenc:EncryptedData>',
      ),
      'for EncryptionMethod',
    ],
  ])('%s', (_what, xml, why, root) => {
    expect(() => check(xml, root)).toThrow(new RegExp(why));
  });
});

describe('a message is taken', () => {
  it.each<[what: string, xml: string, root?: Root]>([
    ['that holds nothing', response('')],
    ['with an assertion', response(assertion())],
    ['with a secret assertion', response('<saml:EncryptedAssertion/>')],
    ['that is signed', response(signed('r') + assertion())],
    ['whose assertion is signed', response(assertion(signed('a')))],
    ['that is signed twice, each part for itself', response(signed('r') + assertion(signed('a')))],
    ['that is an assertion', `<saml:Assertion ${xmlns} ID="a">${signed('a')}</saml:Assertion>`, 'Assertion'],
    ['for logout', `<samlp:LogoutRequest ${xmlns} ID="l">${signed('l')}</samlp:LogoutRequest>`, 'LogoutRequest'],
    ['with SHA-256', uses('DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha256')],
    [
      'with SHA-1 within OAEP, where it signs nothing',
      response(
        '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod>',
      ),
    ],
  ])('%s', (_what, xml, root) => {
    expect(check(xml, root).localName).toBe(root ?? 'Response');
  });
});
