import type { Document, Element } from '@xmldom/xmldom';
import { samlRefusal } from './saml-refusal.ts';
import { childrenOf, elementsOf, samlNamespaces as ns } from './strict-xml.ts';

/** Signature, digest, canonicalisation and encryption algorithms that are accepted; SHA-1 and RSA 1.5 never are. */
const allowedAlgorithms: Readonly<Record<string, ReadonlySet<string>>> = {
  SignatureMethod: new Set([
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  ]),
  DigestMethod: new Set([
    'http://www.w3.org/2001/04/xmlenc#sha256',
    'http://www.w3.org/2001/04/xmldsig-more#sha384',
    'http://www.w3.org/2001/04/xmlenc#sha512',
  ]),
  CanonicalizationMethod: new Set(['http://www.w3.org/2001/10/xml-exc-c14n#']),
  Transform: new Set([
    'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
    'http://www.w3.org/2001/10/xml-exc-c14n#',
  ]),
  EncryptionMethod: new Set([
    'http://www.w3.org/2009/xmlenc11#aes128-gcm',
    'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
    'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
    'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  ]),
};

/** SHA-1 as the hash inside OAEP signs nothing and is what most providers use (XML Encryption 1.1 §5.5.2). */
const oaepDigests = new Set(['http://www.w3.org/2000/09/xmldsig#sha1', 'http://www.w3.org/2000/09/xmldsig#sha256']);

/** Query algorithms (SAML bindings §3.4.4.1) and their digest for node:crypto. */
export const queryAlgorithms: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': 'sha384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
};

/**
 * The root of a message with exactly the shape that the standard gives it, so that no element can pose as another
 * (signature wrapping): a known root, unique IDs, signatures only directly below what they sign and only over it, at
 * most one assertion and only directly below the response, allowed algorithms.
 * @throws AccessError `token-rejected`
 */
export function checkStructure(
  document: Document,
  root: 'Response' | 'Assertion' | 'LogoutRequest' | 'LogoutResponse',
) {
  const element = document.documentElement;
  const namespace = root === 'Assertion' ? ns.assertion : ns.protocol;
  if (element === null || element.localName !== root || element.namespaceURI !== namespace)
    throw samlRefusal(`The message isn’t a SAML ${root}.`);
  const ids = new Set<string>();
  let assertions = 0;
  for (const found of elementsOf(element)) {
    for (const name of ['ID', 'Id', 'id']) {
      const id = found.getAttribute(name);
      if (id === null) continue;
      if (ids.has(id)) throw samlRefusal('Two elements of the message have the same ID.');
      ids.add(id);
    }
    switch (found.localName ?? '') {
      case 'Response':
      case 'LogoutRequest':
      case 'LogoutResponse':
        if (found !== element) throw samlRefusal(`A ${found.localName} stands inside the message.`);
        break;
      case 'Assertion':
      case 'EncryptedAssertion':
        assertions += 1;
        if (assertions > 1) throw samlRefusal('The message holds several assertions.');
        if (found !== element && (found.parentNode !== element || root !== 'Response'))
          throw samlRefusal('An assertion stands where none may be.');
        if (found.namespaceURI !== ns.assertion) throw samlRefusal('An assertion has a foreign namespace.');
        break;
      case 'Signature':
        checkSignature(found, element);
        break;
      default:
        checkAlgorithm(found);
    }
  }
  return element;
}

/** A signature covers its own parent, by that one’s ID, and nothing else (SAML core §5.4). */
function checkSignature(signature: Element, root: Element): void {
  const signed = signature.parentNode as Element | null;
  const isPlaced = signed === root || (signed?.localName === 'Assertion' && signed.parentNode === root);
  if (signature.namespaceURI !== ns.signature || !isPlaced || signed === null)
    throw samlRefusal('A signature stands where none may be.');
  if (childrenOf(signed, ns.signature, 'Signature').length !== 1)
    throw samlRefusal(`A ${signed.localName} has several signatures.`);
  const [info, ...others] = childrenOf(signature, ns.signature, 'SignedInfo');
  if (info === undefined || others.length > 0) throw samlRefusal('A signature has no single SignedInfo.');
  const references = childrenOf(info, ns.signature, 'Reference');
  const id = signed.getAttribute('ID');
  if (references.length !== 1 || id === null || id === '' || references[0]?.getAttribute('URI') !== `#${id}`)
    throw samlRefusal('A signature doesn’t cover the element that it stands in.');
  for (const found of elementsOf(signature))
    if (found.localName === 'Object' || found.localName === 'Manifest')
      throw samlRefusal('A signature brings content of its own.');
}

function checkAlgorithm(element: Element): void {
  const allowed = Object.hasOwn(allowedAlgorithms, element.localName ?? '')
    ? allowedAlgorithms[element.localName ?? '']
    : undefined;
  if (allowed === undefined) return;
  const algorithm = element.getAttribute('Algorithm') ?? '';
  const isOaepDigest = element.localName === 'DigestMethod' && parentName(element) === 'EncryptionMethod';
  if (isOaepDigest ? oaepDigests.has(algorithm) : allowed.has(algorithm)) return;
  throw samlRefusal(
    `The message uses ${algorithm === '' ? 'no algorithm' : algorithm} for ${element.localName}, which isn’t accepted.`,
  );
}

function parentName(element: Element): string | null {
  return (element.parentNode as Element | null)?.localName ?? null;
}
