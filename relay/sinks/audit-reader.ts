import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { auditFiles } from '../audit/audit-files.ts';
import { openForReading } from '../audit/open-audit.ts';
import type { ShippedRecord } from './sink-target.ts';

/** The durable log as sinks follow it: by number, forward, while the relay writes. */
export interface AuditReader {
  /** Names this audit: the id of its verifier key. */
  readonly log: string;
  /** Records after `seq` up to `upTo`, in order, at most `limit`. */
  after(seq: number, upTo: number, limit: number): readonly ShippedRecord[];
  /** Hash that the audit keeps with a record; undefined when there is no such record. */
  hashOf(seq: number): Uint8Array | undefined;
  /** Numbers of the oldest and newest record; 0 when there is none. */
  range(): { readonly first: number; readonly last: number };
  close(): void;
}

/** Opens the audit of a data folder for reading. @throws AccessError `bad-input` when the folder holds none. */
export function openAuditReader(dataDir: string): AuditReader {
  const database: DatabaseSync = openForReading(dataDir);
  const after = database.prepare('SELECT seq, payload FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?');
  const hash = database.prepare('SELECT hash FROM audit WHERE seq = ?');
  // Two statements, because SQLite looks at the whole table for both ends in one.
  const first = database.prepare('SELECT min(seq) AS seq FROM audit');
  const last = database.prepare('SELECT max(seq) AS seq FROM audit');
  return {
    log: logName(dataDir),
    after: (seq, upTo, limit) =>
      after.all(seq, upTo, limit).map((row) => ({ seq: Number(row['seq']), payload: String(row['payload']) })),
    hashOf: (seq) => hash.get(seq)?.['hash'] as Uint8Array | undefined,
    range: () => ({ first: Number(first.get()?.['seq'] ?? 0), last: Number(last.get()?.['seq'] ?? 0) }),
    close: () => database.close(),
  };
}

function logName(dataDir: string): string {
  const { verifierKey } = auditFiles(dataDir);
  const line = existsSync(verifierKey) ? readFileSync(verifierKey, 'utf8') : '';
  return /^[^+]*\+([0-9a-f]{8})\+/.exec(line)?.[1] ?? 'unknown';
}
