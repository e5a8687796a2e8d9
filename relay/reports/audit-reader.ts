import { auditFiles } from '../audit/audit-files.ts';
import { createRevealer } from '../audit/keys/revealer.ts';
import { openForReading, recordOfRow } from '../audit/open-audit.ts';

/** One record. */
export interface StoredRecord {
  readonly seq: number;
  /** One JSON object, without what was erased by now. */
  readonly payload: string;
  /** The same as it is stored, which no erasure changes. */
  readonly stored: string;
}

/** Reads the audit of a data folder in order, also while a relay writes it. */
export interface AuditReader {
  /** The next records behind a number; none at the end. */
  after(seq: number, limit: number): readonly StoredRecord[];
  /** The record with this number; undefined when it is not (or no longer) there. */
  at(seq: number): StoredRecord | undefined;
  /** Numbers of the first and last record; 0 when there is none. */
  range(): { readonly first: number; readonly last: number };
  close(): void;
}

/** @throws AccessError `bad-input` when the folder holds no audit. */
export function openAuditReader(dataDir: string): AuditReader {
  const database = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  const recordOf = (row: unknown): StoredRecord => {
    const { seq, payload: stored } = recordOfRow(row);
    return { seq, payload: revealer.reveal(stored), stored };
  };
  const after = database.prepare('SELECT seq, payload FROM audit WHERE seq > ? ORDER BY seq LIMIT ?');
  const at = database.prepare('SELECT seq, payload FROM audit WHERE seq = ?');
  for (const statement of [after, at]) statement.setReturnArrays(true);
  const edge = (direction: 'ASC' | 'DESC'): number =>
    Number(database.prepare(`SELECT seq FROM audit ORDER BY seq ${direction} LIMIT 1`).get()?.['seq'] ?? 0);
  return {
    after: (seq, limit) => after.all(seq, limit).map(recordOf),
    at(seq) {
      const row = at.get(seq);
      return row === undefined ? undefined : recordOf(row);
    },
    range: () => ({ first: edge('ASC'), last: edge('DESC') }),
    close() {
      revealer.close();
      database.close();
    },
  };
}
