import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { refuseNewerSqlite } from '../storage/migrate-sqlite.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';

/** How far a sink is, and how it goes there. */
export interface SinkCursor {
  /** The last record that the sink has, or that isn't for it. */
  readonly seq: number;
  /** Hash of that record, by which a log that was replaced is noticed; null before the first. */
  readonly hash: Uint8Array | null;
  /** Last record of the batch under way, which after a restart is sent as it was; 0 when there is none. */
  readonly plannedSeq: number;
  /** Settings that the planned batch was made with. */
  readonly settings: string;
  /** Records that were acknowledged, those that went twice counted once. */
  readonly sent: number;
  readonly deliveredMs: number | null;
  /** Why the last attempt failed; null after one that didn't. */
  readonly error: string | null;
  readonly errorMs: number | null;
  readonly attempts: number;
  /** The receiver wants no more. */
  readonly ended: boolean;
}

/** Durable cursors of all sinks, by name. */
export interface SinkCursors {
  get(name: string): SinkCursor | undefined;
  put(name: string, cursor: SinkCursor): void;
  close(): void;
}

/** Name of the file in the data folder. */
export const sinkFile = 'sinks.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const sinkSteps: readonly string[] = [
  `CREATE TABLE sink (
    name TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB, planned_seq INTEGER NOT NULL, settings TEXT NOT NULL,
    sent INTEGER NOT NULL, delivered_ms INTEGER, error TEXT, error_ms INTEGER, attempts INTEGER NOT NULL,
    ended INTEGER NOT NULL
  ) STRICT`,
];
const columns = 'seq, hash, planned_seq, settings, sent, delivered_ms, error, error_ms, attempts, ended';

/**
 * Opens or makes the cursors in a data folder.
 * @throws AccessError `bad-config` when a newer relay has made them
 */
export function openSinkCursors(dataDir: string): SinkCursors {
  const database = openMigratedDatabase(dataDir, sinkFile, sinkSteps);
  // A power failure may take the last cursors back: what was sent since then goes twice, as it may anyway.
  database.exec('PRAGMA synchronous = NORMAL');
  const put = database.prepare(
    `INSERT OR REPLACE INTO sink (name, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    get: (name) => readCursor(database, name),
    put(name, { seq, hash, plannedSeq, settings, sent, deliveredMs, error, errorMs, attempts, ended }) {
      put.run(name, seq, hash, plannedSeq, settings, sent, deliveredMs, error, errorMs, attempts, Number(ended));
    },
    close: () => database.close(),
  };
}

/** Reads the cursors of sinks while a relay may write them; those that never began are missing. */
export function readSinkCursors(dataDir: string, names: readonly string[]): ReadonlyMap<string, SinkCursor> {
  const cursors = new Map<string, SinkCursor>();
  const path = join(dataDir, sinkFile);
  if (!existsSync(path)) return cursors;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    refuseNewerSqlite(database, sinkFile, sinkSteps.length);
    // A relay that starts for the first time has made the file a moment before.
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sink'").get() === undefined) return cursors;
    for (const name of names) {
      const cursor = readCursor(database, name);
      if (cursor !== undefined) cursors.set(name, cursor);
    }
    return cursors;
  } finally {
    database.close();
  }
}

function readCursor(database: DatabaseSync, name: string): SinkCursor | undefined {
  const row = database.prepare(`SELECT ${columns} FROM sink WHERE name = ?`).get(name);
  if (row === undefined) return undefined;
  const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    seq: Number(row['seq']),
    hash: row['hash'] as Uint8Array | null,
    plannedSeq: Number(row['planned_seq']),
    settings: String(row['settings']),
    sent: Number(row['sent']),
    deliveredMs: numberOrNull(row['delivered_ms']),
    error: row['error'] === null ? null : String(row['error']),
    errorMs: numberOrNull(row['error_ms']),
    attempts: Number(row['attempts']),
    ended: row['ended'] === 1,
  };
}
