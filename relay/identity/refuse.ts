import { AccessError } from '../../shared/errors.ts';
import { reason as sentence, type Reason } from '../../shared/reason.ts';

/**
 * The token can't be accepted; `words` go on from “The access token …”, for whoever looks into it, and never hold a part
 * of the token. `why` is the same for the person.
 */
export function refused(words: string, why: Reason, cause?: unknown): AccessError {
  return new AccessError('token-rejected', `The access token ${words}.`, { cause, reasons: [why] });
}

/** The same of a token that a provider has sent by itself: no person reads it. */
export function refusedLogout(words: string): AccessError {
  return new AccessError('token-rejected', `The access token ${words}.`);
}

/** More checks are under way, or have to be remembered, than there is room for. */
export function checksFull(words: string): AccessError {
  return new AccessError('overloaded', words, { reasons: [sentence('checks-full')] });
}

/** A value that somebody else chose, made fit for a message: short, quoted, without control characters. */
export function quoted(value: unknown): string {
  return typeof value === 'string' ? `“${printable(value)}”` : typeof value;
}

/** A name of the protocol and its value, the same in every language, to be shown to IT: `typ: JWT`. */
export function mark(name: string, value: unknown): string {
  return typeof value === 'string' ? `${name}: ${printable(value)}` : name;
}

function printable(value: string): string {
  const plain = value.replaceAll(/[^\x20-\x7E]/g, '?');
  return plain.length > 64 ? `${plain.slice(0, 64)}…` : plain;
}
