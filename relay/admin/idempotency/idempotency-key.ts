import { hash } from 'node:crypto';
import { AccessError } from '../../../shared/errors.ts';

const maxKeyLength = 200;

/**
 * The key of the header `Idempotency-Key`, a string of structured fields (RFC 9651 §3.3.3, draft-ietf-httpapi-idempotency-key-header);
 * one without its quotes does, too. @throws AccessError `bad-input`
 */
export function readIdempotencyKey(header: string): string {
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? (/^[\w.~:/+=-]+$/.test(header) ? header : '');
  if (key !== '' && key.length <= maxKeyLength) return key;
  throw new AccessError(
    'bad-input',
    `“Idempotency-Key” must be a string in quotes with 1 to ${maxKeyLength} characters of ASCII, like "8e03978e-40d5-43dd-bc93-6894a57f9324".`,
  );
}

/** Names what is hashed, whatever is in it. */
export function fingerprint(...parts: readonly (string | Uint8Array)[]): string {
  return hash('sha256', parts.map((part) => hash('sha256', part, 'base64url')).join('.'), 'base64url');
}
