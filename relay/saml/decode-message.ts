import { inflateRawSync } from 'node:zlib';
import { samlRefusal } from './saml-refusal.ts';

/** Largest SAML message in characters of base64; larger ones are refused before they are decoded. */
export const maxEncodedLength = 512 * 1024;
const maxXmlBytes = 384 * 1024;

/** XML of a message that came by HTTP-POST (SAML bindings §3.5.4). @throws AccessError `token-rejected` */
export function decodePosted(encoded: string): string {
  return decodeUtf8(decodeBase64(encoded));
}

/** XML of a message that came by HTTP-Redirect, inflated within bounds (SAML bindings §3.4.4.1). @throws AccessError */
export function decodeRedirected(encoded: string): string {
  const bytes = decodeBase64(encoded);
  let inflated: Buffer;
  try {
    inflated = inflateRawSync(bytes, { maxOutputLength: maxXmlBytes });
  } catch (error) {
    throw samlRefusal('The SAML message can’t be inflated.', error);
  }
  return decodeUtf8(inflated);
}

function decodeBase64(encoded: string): Buffer {
  if (encoded.length > maxEncodedLength) throw samlRefusal('The SAML message is too large.');
  const compact = encoded.replaceAll(/\s+/g, '');
  if (compact === '' || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact))
    throw samlRefusal('The SAML message isn’t base64.');
  return Buffer.from(compact, 'base64');
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw samlRefusal('The SAML message isn’t UTF-8.', error);
  }
}
