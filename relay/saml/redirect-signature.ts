import { verify, X509Certificate } from 'node:crypto';
import { queryAlgorithms } from './check-structure.ts';
import { samlRefusal } from './saml-refusal.ts';

/** A message that came by HTTP-Redirect, its signature verified. */
export interface RedirectMessage {
  readonly type: 'SAMLRequest' | 'SAMLResponse';
  readonly encoded: string;
  readonly relayState: string | undefined;
}

const known = new Set(['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding']);

/**
 * Verifies the signature over a query (SAML bindings §3.4.4.1): the octets as they came, each parameter at most once.
 * @param query without the question mark
 * @throws AccessError `token-rejected`
 */
export function verifyRedirect(query: string, certificates: readonly string[]): RedirectMessage {
  const raw = new Map<string, string>();
  for (const part of query.split('&')) {
    const separator = part.indexOf('=');
    const name = separator < 0 ? part : part.slice(0, separator);
    if (!known.has(name)) throw samlRefusal('The message has parameters that don’t belong to it.');
    if (raw.has(name)) throw samlRefusal(`The message has ${name} twice.`);
    raw.set(name, separator < 0 ? '' : part.slice(separator + 1));
  }
  const type = raw.has('SAMLRequest') ? 'SAMLRequest' : 'SAMLResponse';
  if (raw.has('SAMLRequest') === raw.has('SAMLResponse'))
    throw samlRefusal('The message is neither one request nor one response.');
  const algorithm = decode(raw.get('SigAlg') ?? '');
  const signature = Buffer.from(decode(raw.get('Signature') ?? ''), 'base64');
  if (signature.length === 0) throw samlRefusal('The message isn’t signed.');
  const digest = Object.hasOwn(queryAlgorithms, algorithm) ? queryAlgorithms[algorithm] : undefined;
  if (digest === undefined) throw samlRefusal(`The message is signed with ${algorithm}, which isn’t accepted.`);
  const encoding = raw.get('SAMLEncoding');
  if (encoding !== undefined && !decode(encoding).endsWith(':DEFLATE'))
    throw samlRefusal('The message has an encoding that isn’t known.');
  const signed = [type, 'RelayState', 'SigAlg']
    .filter((name) => raw.has(name))
    .map((name) => `${name}=${raw.get(name)}`)
    .join('&');
  const isValid = certificates.some((certificate) =>
    verify(digest, Buffer.from(signed), new X509Certificate(certificate).publicKey, signature),
  );
  if (!isValid) throw samlRefusal('The message isn’t signed by the sign-in service.');
  const relayState = raw.get('RelayState');
  return {
    type,
    encoded: decode(raw.get(type) ?? ''),
    relayState: relayState === undefined ? undefined : decode(relayState),
  };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', '%20'));
  } catch (error) {
    throw samlRefusal('The message isn’t encoded as it should be.', error);
  }
}
