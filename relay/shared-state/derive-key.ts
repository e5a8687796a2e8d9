import { hkdfSync } from 'node:crypto';

/** A 256-bit key for one purpose, from the secret that relays share (HKDF with SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'causeway shared state', purpose, 32));
}
