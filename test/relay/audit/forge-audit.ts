import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { claimedSize, formatVerifierKey, signCheckpoint, splitNotes } from '../../../relay/audit/checkpoint-note.ts';
import { createTreeEdge } from '../../../relay/audit/tree/tree-edge.ts';
import { leafHash } from '../../../relay/audit/tree/tree-hash.ts';

/** Lines of an audit in their order, the first one with the number `from`. */
export interface ForgedLines {
  readonly from: number;
  readonly lines: readonly string[];
}

/** All lines of an audit that nobody writes. */
export function linesOf(dataDir: string): string[] {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  const rows = database.prepare('SELECT payload FROM audit ORDER BY seq').all();
  database.close();
  return rows.map((row) => String(row['payload']));
}

/** What somebody can do who may write in the folder and knows all of this program: other records, every hash anew. */
export function forge(dataDir: string, { from, lines }: ForgedLines): void {
  const database = new DatabaseSync(auditFiles(dataDir).database);
  database.exec('BEGIN; DELETE FROM audit; DELETE FROM tree');
  const put = database.prepare('INSERT INTO audit (seq, hash, payload) VALUES (?, ?, ?)');
  const keep = database.prepare('INSERT INTO tree (level, number, hash) VALUES (?, ?, ?)');
  const edge = createTreeEdge(0, [], ({ level, index }, hash) => keep.run(level, index, hash));
  lines.forEach((line, at) => {
    const leaf = leafHash(line);
    put.run(from + at, leaf, line);
    if (from === 1) edge.add(leaf);
  });
  database.exec('COMMIT');
  database.close();
}

/** Replaces the key as well, and signs with the new one whatever was signed, as far as there are records for it. */
export function forgeWithKey(dataDir: string, forged: ForgedLines): KeyObject {
  forge(dataDir, forged);
  const { privateKey } = generateKeyPairSync('ed25519');
  const files = auditFiles(dataDir);
  const sizes = new Set(splitNotes(readFileSync(files.checkpoints, 'utf8')).map(claimedSize));
  const edge = createTreeEdge(0, []);
  const notes: [number, string][] = [];
  for (const line of forged.lines) {
    edge.add(leafHash(line));
    if (sizes.has(edge.size) || edge.size === forged.lines.length)
      notes.push([edge.size, signCheckpoint({ size: edge.size, hash: edge.root() }, privateKey)]);
  }
  const database = new DatabaseSync(files.database);
  database.exec('DELETE FROM note');
  for (const [size, note] of notes) database.prepare('INSERT INTO note (seq, note) VALUES (?, ?)').run(size, note);
  database.close();
  writeFileSync(files.checkpoints, notes.map(([, note]) => note).join(''));
  writeFileSync(files.signingKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(files.verifierKey, `${formatVerifierKey(privateKey)}\n`);
  return privateKey;
}
