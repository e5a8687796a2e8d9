import { AccessError } from '../../shared/errors.ts';

/** The token can't be accepted; `reason` continues “The access token …” and never holds a part of the token. */
export function refused(reason: string, cause?: unknown): AccessError {
  return new AccessError('token-rejected', `The access token ${reason}.`, { cause });
}

/** A value that somebody else chose, made fit for a message: short, quoted, without control characters. */
export function quoted(value: unknown): string {
  if (typeof value !== 'string') return typeof value;
  const printable = value.replaceAll(/[^\x20-\x7E]/g, '?');
  return `“${printable.length > 64 ? `${printable.slice(0, 64)}…` : printable}”`;
}
