import { X509Certificate } from 'node:crypto';
import type { Document, Element } from '@xmldom/xmldom';
import { metadataBounds } from './bound-xml.ts';
import { samlMisfit } from './saml-refusal.ts';
import { childrenOf, elementsOf, parseStrictXml, samlNamespaces as ns, textOf } from './strict-xml.ts';

/** What the bridge needs to know of the SAML identity provider (SAML metadata §2.4.3). */
export interface IdpMetadata {
  readonly entityId: string;
  /** PEM certificates whose keys sign; at least one. */
  readonly certificates: readonly string[];
  readonly signIn: { readonly binding: 'redirect' | 'post'; readonly url: string };
  /** Where sign-outs go, by redirect; null when the provider offers none. */
  readonly signOut: { readonly url: string; readonly responseUrl: string } | null;
}

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const maxBytes = 4 * 1024 * 1024;

/**
 * Reads the metadata of one identity provider.
 * @throws AccessError when it can’t be used, saying what is missing
 */
export function readIdpMetadata(xml: string, entityId: string | undefined, nowMs: number): IdpMetadata {
  if (xml.length > maxBytes) throw samlMisfit('The SAML metadata is larger than 4 MiB. Take that of one provider.');
  const entity = findEntity(
    parseStrictXml(xml, 'The SAML metadata', { comments: true, bounds: metadataBounds }),
    entityId,
  );
  const name = entity.getAttribute('entityID') ?? '';
  const validUntil = entity.getAttribute('validUntil');
  if (validUntil !== null && !(Date.parse(validUntil) > nowMs))
    throw samlMisfit(`The SAML metadata of ${name} was valid until ${validUntil}. Fetch it anew.`);
  const [role, ...others] = childrenOf(entity, ns.metadata, 'IDPSSODescriptor');
  if (role === undefined || others.length > 0)
    throw samlMisfit(`The SAML metadata of ${name} describes no single identity provider (IDPSSODescriptor).`);
  const signInUrl = endpoint(role, 'SingleSignOnService', redirect) ?? endpoint(role, 'SingleSignOnService', post);
  if (signInUrl === null)
    throw samlMisfit(`The SAML metadata of ${name} offers sign-in neither by HTTP-Redirect nor by HTTP-POST.`);
  const signOut = endpoint(role, 'SingleLogoutService', redirect);
  return {
    entityId: name,
    certificates: signingCertificates(role, name),
    signIn: { binding: signInUrl.binding === redirect ? 'redirect' : 'post', url: signInUrl.location },
    signOut: signOut === null ? null : { url: signOut.location, responseUrl: signOut.responseLocation },
  };
}

function findEntity(document: Document, entityId: string | undefined): Element {
  const entities: Element[] = [];
  if (document.documentElement !== null)
    for (const element of elementsOf(document.documentElement))
      if (element.localName === 'EntityDescriptor' && element.namespaceURI === ns.metadata) entities.push(element);
  const fitting = entities.filter(
    (entity) =>
      (entityId === undefined || entity.getAttribute('entityID') === entityId) &&
      childrenOf(entity, ns.metadata, 'IDPSSODescriptor').length > 0,
  );
  const [found, ...others] = fitting;
  if (found === undefined)
    throw samlMisfit(
      entityId === undefined
        ? 'The SAML metadata describes no identity provider (EntityDescriptor with IDPSSODescriptor).'
        : `The SAML metadata describes no identity provider “${entityId}”.`,
    );
  if (others.length > 0)
    throw samlMisfit('The SAML metadata describes several identity providers. Name one with “entity_id” under “idp”.');
  if ((found.getAttribute('entityID') ?? '') === '') throw samlMisfit('The SAML metadata has no entityID.');
  return found;
}

interface Endpoint {
  readonly binding: string;
  readonly location: string;
  readonly responseLocation: string;
}

function endpoint(role: Element, service: string, binding: string): Endpoint | null {
  for (const element of childrenOf(role, ns.metadata, service)) {
    if (element.getAttribute('Binding') !== binding) continue;
    const location = secureUrl(element.getAttribute('Location') ?? '');
    const responseLocation = element.getAttribute('ResponseLocation');
    return {
      binding,
      location,
      responseLocation: responseLocation === null ? location : secureUrl(responseLocation),
    };
  }
  return null;
}

function secureUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !isSecureUrl(url)) throw samlMisfit(`The SAML metadata names “${text}”, which isn’t https.`);
  return text;
}

/** https, or http on this computer. */
export function isSecureUrl(url: URL): boolean {
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:127\.0\.0\.1|\[::1\]|localhost)$/.test(url.hostname))
  );
}

/** Keys named for signing, or for no use in particular (SAML metadata §2.4.1.1). */
function signingCertificates(role: Element, name: string): string[] {
  const found = new Set<string>();
  for (const descriptor of childrenOf(role, ns.metadata, 'KeyDescriptor')) {
    const use = descriptor.getAttribute('use');
    if (use !== null && use !== '' && use !== 'signing') continue;
    for (const element of elementsOf(descriptor))
      if (element.localName === 'X509Certificate') found.add(certificateOf(textOf(element), name));
  }
  if (found.size === 0) throw samlMisfit(`The SAML metadata of ${name} names no certificate for signing.`);
  return [...found];
}

function certificateOf(base64: string, name: string): string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(base64, 'base64'));
  } catch (error) {
    throw samlMisfit(`The SAML metadata of ${name} holds a certificate that can’t be read.`, error);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type !== 'rsa' || (details?.modulusLength ?? 0) < 2048)
    throw samlMisfit(`The SAML metadata of ${name} holds a key that isn’t RSA with at least 2048 bits.`);
  return certificate.toString();
}
