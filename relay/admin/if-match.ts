import { hash } from 'node:crypto';
import { AccessError } from '../../shared/errors.ts';
import type { AdminContext } from './admin-env.ts';

/** The tag of one thing as it is now (RFC 9110 §8.8.3): it changes with anything that its answer says. */
export function tagOf(thing: object): string {
  return `"${hash('sha256', JSON.stringify(thing), 'base64url').slice(0, 27)}"`;
}

/**
 * Lets through what is to change a thing as it was read (RFC 9110 §13.1.1): with `If-Match`, only while it is still the same.
 * @throws AccessError `changed-meanwhile`
 */
export function demandMatch(context: AdminContext, current: object): void {
  const header = context.req.header('if-match');
  if (header === undefined || header.trim() === '*') return;
  const now = tagOf(current);
  if (header.split(',').some((tag) => tag.trim() === now)) return;
  throw new AccessError(
    'changed-meanwhile',
    'This is no longer as it was read: somebody has changed it meanwhile. Read it again, and decide anew.',
  );
}
