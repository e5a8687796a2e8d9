import { reason as sentence } from '../../shared/reason.ts';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';
import { refused } from './refuse.ts';

/** A compact JWS taken apart; nothing in it is verified. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Takes a compact JWS (RFC 7515 §3.1) apart, strictly: size first, three parts, canonical base64url without padding
 * or white space, UTF-8, JSON objects without doubled members.
 * @throws AccessError `token-rejected`
 */
export function decodeToken(token: string, maxBytes: number): DecodedToken {
  if (token.length > maxBytes)
    throw refused(`is larger than ${maxBytes} bytes`, sentence('token-too-large', { bytes: maxBytes }));
  const parts = token.split('.', 6);
  if (parts.length === 5)
    throw refused('is encrypted (JWE), which the relay doesn’t read', sentence('token-unreadable', { mark: 'JWE' }));
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined)
    throw refused('isn’t a signed JWT of three parts', sentence('token-unreadable', { mark: 'JWT' }));
  decodePart(signature, 'signature');
  return { header: readObject(header, 'header'), claims: readObject(payload, 'payload') };
}

function decodePart(part: string, name: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  // Buffer skips what isn't base64url and unused bits; only the canonical form comes back the same.
  if (bytes.toString('base64url') !== part)
    throw refused(`has a ${name} that isn’t strict base64url`, sentence('token-unreadable', { mark: `JWT, ${name}` }));
  return bytes;
}

function readObject(part: string, name: string): Readonly<Record<string, unknown>> {
  const bytes = decodePart(part, name);
  try {
    return parseStrictJson(utf8.decode(bytes));
  } catch (error) {
    const reason = error instanceof StrictJsonError ? error.message : 'is not UTF-8';
    throw refused(`has a ${name} that ${reason}`, sentence('token-unreadable', { mark: `JWT, ${name}` }), error);
  }
}
