import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync } from 'node:crypto';
import type { SearchField } from '../reading/record-terms.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';

/** Fields whose values say who somebody is, or may: what is sealed in a record isn't readable in the index beside it. */
const personal: ReadonlySet<string> = new Set<SearchField>(['user', 'session', 'device', 'address', 'path']);

/** Hides values of the index from whoever may not read keys: the same value always looks the same, and can be found by it. */
export interface TermKey {
  /** Stands in the head of what was hidden with it. */
  readonly id: string;
  hide(value: string): string;
  /** Null for what it hasn't hidden. */
  open(hidden: string): string | null;
}

/** Stands before a hidden value. */
export const hiddenMark = '~';

const ivBytes = 16;
const cipher = 'aes-256-ctr';

export function isPersonalField(field: string): boolean {
  return personal.has(field);
}

/** The initialisation vector is a keyed hash of the value, as in RFC 5297: that makes it the same each time, and checks it. */
export function createTermKey(secret: Uint8Array): TermKey {
  const derived = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  const [hashKey, cipherKey] = [derived('audit index: hash'), derived('audit index: cipher')];
  const ivOf = (value: string): Buffer => createHmac('sha256', hashKey).update(value).digest().subarray(0, ivBytes);
  return {
    id: hash('sha256', secret, 'base64url').slice(0, 16),
    hide(value) {
      const iv = ivOf(value);
      const hiding = createCipheriv(cipher, cipherKey, iv);
      return Buffer.concat([iv, hiding.update(value, 'utf8'), hiding.final()]).toString('base64url');
    },
    open(hidden) {
      const bytes = Buffer.from(hidden, 'base64url');
      if (bytes.length < ivBytes) return null;
      const iv = bytes.subarray(0, ivBytes);
      const opening = createDecipheriv(cipher, cipherKey, iv);
      const value = Buffer.concat([opening.update(bytes.subarray(ivBytes)), opening.final()]).toString('utf8');
      return ivOf(value).equals(iv) ? value : null;
    },
  };
}

/** The key of this storage's index; null where nothing is sealed, or where this user may not read keys. */
export async function readTermKey(sql: Sql): Promise<TermKey | null> {
  const may = await sql.query(
    `SELECT coalesce(has_table_privilege(to_regclass('audit_key_index'), 'SELECT'), false) AS may`,
  );
  if (may.rows[0]?.['may'] !== true) return null;
  const { rows } = await sql.query('SELECT secret FROM audit_key_index');
  return rows[0] === undefined ? null : createTermKey(rows[0]['secret'] as Buffer);
}
