import { generateKeyPairSync } from 'node:crypto';
import { formatVerifierKey, signCheckpoint } from '../../../../relay/audit/checkpoint-note.ts';
import { createTreeEdge } from '../../../../relay/audit/tree/tree-edge.ts';
import { leafHash } from '../../../../relay/audit/tree/tree-hash.ts';
import type { Sql } from '../../../../relay/storage/postgres/postgres-client.ts';
import type { ForgedLines } from '../forge-audit.ts';

/** All lines of a relay in PostgreSQL. */
export async function sharedLines(sql: Sql, relay: string): Promise<readonly string[]> {
  const { rows } = await sql.query('SELECT payload FROM audit_record WHERE relay = $1 ORDER BY seq', [relay]);
  return rows.map((row) => String(row['payload']));
}

/** Another relay with the same records, checkpoints and key. */
export async function copyRelay(sql: Sql, from: string, to: string): Promise<void> {
  for (const [table, columns] of [
    ['audit_relay', 'verifier_key, size, edge, last_hash, cut_size, cut_detail'],
    ['audit_day', 'first_seq, day, edge'],
    ['audit_checkpoint', 'size, note, edge'],
    ['audit_record', 'seq, day, hash, payload'],
  ])
    await sql.query(`INSERT INTO ${table} (relay, ${columns}) SELECT $2, ${columns} FROM ${table} WHERE relay = $1`, [
      from,
      to,
    ]);
}

/** What somebody can do who may write in PostgreSQL and knows all of this program: other records, every hash anew. */
export async function forgeShared(sql: Sql, relay: string, { from, lines }: ForgedLines): Promise<void> {
  const before = await sql.query(
    'SELECT seq, day::text AS day, payload FROM audit_record WHERE relay = $1 ORDER BY seq',
    [relay],
  );
  const dayAt = (seq: number): string => String((before.rows[seq - 1] ?? before.rows.at(-1))?.['day']);
  for (const table of ['audit_record', 'audit_day']) await sql.query(`DELETE FROM ${table} WHERE relay = $1`, [relay]);
  const edge = createTreeEdge(0, []);
  // Of what is gone, the forger knows the hashes.
  for (const row of before.rows.slice(0, from - 1)) edge.add(leafHash(String(row['payload'])));
  let day = '';
  let last = Buffer.alloc(0);
  for (const [at, line] of lines.entries()) {
    const seq = from + at;
    if (dayAt(seq) !== day) {
      day = dayAt(seq);
      await sql.query('INSERT INTO audit_day (relay, first_seq, day, edge) VALUES ($1, $2, $3::date, $4)', [
        relay,
        seq,
        day,
        Buffer.concat(edge.hashes()),
      ]);
    }
    last = Buffer.from(leafHash(line));
    edge.add(last);
    await sql.query('INSERT INTO audit_record (relay, seq, day, hash, payload) VALUES ($1, $2, $3::date, $4, $5)', [
      relay,
      seq,
      day,
      last,
      line,
    ]);
  }
  await sql.query('UPDATE audit_relay SET size = $2, edge = $3, last_hash = $4 WHERE relay = $1', [
    relay,
    from + lines.length - 1,
    Buffer.concat(edge.hashes()),
    last,
  ]);
}

/** Replaces the key as well, and signs with the new one whatever was signed, as far as there are records for it. */
export async function forgeSharedWithKey(sql: Sql, relay: string, forged: ForgedLines): Promise<void> {
  const { rows } = await sql.query('SELECT size FROM audit_checkpoint WHERE relay = $1', [relay]);
  const sizes = new Set(rows.map((row) => Number(row['size'])));
  const original = await sharedLines(sql, relay);
  await forgeShared(sql, relay, forged);
  const { privateKey } = generateKeyPairSync('ed25519');
  const edge = createTreeEdge(0, []);
  await sql.query('DELETE FROM audit_checkpoint WHERE relay = $1', [relay]);
  for (const line of [...original.slice(0, forged.from - 1), ...forged.lines]) {
    edge.add(leafHash(line));
    if (!sizes.has(edge.size) && edge.size !== forged.from - 1 + forged.lines.length) continue;
    const note = signCheckpoint({ size: edge.size, hash: edge.root() }, privateKey);
    await sql.query('INSERT INTO audit_checkpoint (relay, size, note, edge) VALUES ($1, $2, $3, $4)', [
      relay,
      edge.size,
      note,
      Buffer.concat(edge.hashes()),
    ]);
  }
  await sql.query('UPDATE audit_relay SET verifier_key = $2 WHERE relay = $1', [relay, formatVerifierKey(privateKey)]);
}
