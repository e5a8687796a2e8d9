import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Encrypts and authenticates what is kept where others might read or change it. */
export interface Seal {
  /** @param place where it is kept: sealed text that was moved to another place doesn't open */
  close(place: string, text: string): string;
  /** The text; undefined when it was not sealed with this key for this place. */
  open(place: string, sealed: string): string | undefined;
  /** Whether it was sealed with a key that only opens: it can’t be opened any more once that one is gone. */
  isFormer(place: string, sealed: string): boolean;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM with a random nonce for each text (NIST SP 800-38D).
 * @param key 32 bytes
 * @param others keys that open, too
 */
export function createSeal(key: Buffer, ...others: readonly Buffer[]): Seal {
  return {
    close(place, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place));
      const parts = [nonce, cipher.update(text, 'utf8'), cipher.final()];
      return Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64url');
    },
    open(place, sealed) {
      for (const each of [key, ...others]) {
        const text = openWith(each, place, sealed);
        if (text !== undefined) return text;
      }
      return undefined;
    },
    isFormer: (place, sealed) =>
      openWith(key, place, sealed) === undefined && others.some((each) => openWith(each, place, sealed) !== undefined),
  };
}

function openWith(key: Buffer, place: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
    return text + decipher.final('utf8');
  } catch {
    return undefined;
  }
}
