import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a request's X-Causeway-Key is the one whose SHA-256 the client has announced; in constant time. */
export function carriesKey(key: string | undefined, hash: Buffer): boolean {
  if (key === undefined) return false;
  const own = createHash('sha256').update(key).digest();
  return own.length === hash.length && timingSafeEqual(own, hash);
}
