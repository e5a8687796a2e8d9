import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A key that can be thrown away, and the name that records know it by. */
export interface PersonalKey {
  readonly id: string;
  readonly key: Uint8Array;
}

const nonceBytes = 12;
const tagBytes = 16;

/** A new key under a name that says nothing of whose it is. */
export function newPersonalKey(): PersonalKey {
  return { id: randomBytes(9).toString('base64url'), key: randomBytes(32) };
}

/**
 * Takes the place of a JSON value: `{"sealed":"<id of the key>","of":"<nonce, AES-256-GCM of the value, tag>"}`, with the
 * groups in the clear where there are any. Nothing that a caller says can look like it, as JSON escapes its quotes.
 */
export function sealValue(json: string, { id, key }: PersonalKey, groups?: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(id));
  const sealed = Buffer.concat([nonce, cipher.update(json, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `{"sealed":"${id}","of":"${sealed.toString('base64url')}"${groups === undefined ? '' : `,"groups":${groups}`}}`;
}

/** The value that was sealed. @throws Error when it was changed, or sealed with another key */
export function openValue(of: string, { id, key }: PersonalKey): string {
  const bytes = Buffer.from(of, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(id));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  const opened = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes), undefined, 'utf8');
  return opened + decipher.final('utf8');
}
