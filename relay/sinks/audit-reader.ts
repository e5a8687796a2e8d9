import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { auditFiles } from '../audit/audit-files.ts';
import { createRevealer } from '../audit/keys/revealer.ts';
import { openForReading, recordOfRow } from '../audit/open-audit.ts';
import { storedTree } from '../audit/tree/stored-tree.ts';
import { subtreesOf } from '../audit/tree/subtrees.ts';
import { type ReadStretch, stretchReader } from './read-stretch.ts';
import type { ShippedRecord } from './sink-target.ts';

/** The durable log as sinks follow it: by number, forward, while the relay writes. */
export interface AuditReader {
  /** Names this audit: the id of its first verifier key. */
  readonly log: string;
  /** Records after `seq` up to `upTo`, in order, at most `limit`; without what was erased by now. */
  after(seq: number, upTo: number, limit: number): readonly ShippedRecord[];
  /** Hash that the audit keeps with a record; undefined when there is no such record. */
  hashOf(seq: number): Uint8Array | undefined;
  /** Numbers of the oldest and newest record; 0 when there is none. */
  range(): { readonly first: number; readonly last: number };
  /** Its verifier keys as they are now: the line of the first one, and how each that followed took over. */
  readonly verifierKey: string;
  /** Day (since 1970) of the segment that a record is in, and the last record that there can be in it. */
  dayAt(seq: number): { readonly day: number; readonly upTo: number };
  /** Checkpoints for more than `after` records and at most `upTo`, in order. */
  notes(after: number, upTo: number): readonly { readonly size: number; readonly note: string }[];
  /** Hashes of the complete subtrees of the records before this one. */
  edgeBefore(seq: number): readonly Uint8Array[];
  /** Records as they are stored, which is what hashes are of, in one piece. */
  readonly stretch: ReadStretch;
  close(): void;
}

/** Opens the audit of a data folder for reading. @throws AccessError `bad-input` when the folder holds none. */
export function openAuditReader(dataDir: string): AuditReader {
  const database: DatabaseSync = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  const after = database.prepare('SELECT seq, payload FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?');
  const hash = database.prepare('SELECT hash FROM audit WHERE seq = ?');
  // Two statements, because SQLite looks at the whole table for both ends in one.
  const first = database.prepare('SELECT min(seq) AS seq FROM audit');
  const last = database.prepare('SELECT max(seq) AS seq FROM audit');
  after.setReturnArrays(true);
  return {
    log: /^[^+]*\+([0-9a-f]{8})\+/.exec(verifierKeyOf(dataDir))?.[1] ?? 'unknown',
    get verifierKey() {
      return verifierKeyOf(dataDir);
    },
    after: (seq, upTo, limit) =>
      after.all(seq, upTo, limit).map((row) => {
        const record = recordOfRow(row);
        return { seq: record.seq, payload: revealer.reveal(record.payload) };
      }),
    stretch: stretchReader(database),
    hashOf: (seq) => hash.get(seq)?.['hash'] as Uint8Array | undefined,
    range: () => ({ first: Number(first.get()?.['seq'] ?? 0), last: Number(last.get()?.['seq'] ?? 0) }),
    dayAt(seq) {
      const from = database.prepare('SELECT day FROM segment WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1');
      const next = database.prepare('SELECT min(first_seq) AS seq FROM segment WHERE first_seq > ?').get(seq)?.['seq'];
      return {
        day: Number(from.get(seq)?.['day'] ?? 0),
        upTo: typeof next === 'number' ? next - 1 : Number.MAX_SAFE_INTEGER,
      };
    },
    notes: (after, upTo) =>
      database
        .prepare('SELECT seq, note FROM note WHERE seq > ? AND seq <= ? ORDER BY seq')
        .all(after, upTo)
        .map((row) => ({ size: Number(row['seq']), note: String(row['note']) })),
    edgeBefore: (seq) => subtreesOf(0, seq - 1).map(storedTree(database)),
    close() {
      revealer.close();
      database.close();
    },
  };
}

function verifierKeyOf(dataDir: string): string {
  const { verifierKey } = auditFiles(dataDir);
  return existsSync(verifierKey) ? readFileSync(verifierKey, 'utf8').trim() : '';
}
