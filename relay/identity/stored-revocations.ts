import type { Logger } from 'pino';
import { openPrivateDatabase } from '../storage/open-private-database.ts';
import {
  createRevocations,
  readRevokedBy,
  type RevocationMark,
  type Revocations,
  revocationLifetimeMs,
} from './revocations.ts';

/** Revocations in the data folder. The relay and its command line may have them open at once. */
export interface RevocationFile {
  /** Those that still count. */
  read(nowMs: number): readonly RevocationMark[];
  write(marks: readonly RevocationMark[]): void;
  /** Changes whenever another process has changed something. */
  version(): number;
  close(): void;
}

/** Opens or creates `revocations.sqlite`; readable by its owner only. */
export function openRevocationFile(dataDir: string): RevocationFile {
  const database = openPrivateDatabase(dataDir, 'revocations.sqlite');
  database.exec(
    'CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT',
  );
  const dataVersion = database.prepare('PRAGMA data_version');
  const insert = database.prepare(
    `INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms, by = excluded.by
     WHERE excluded.at_ms > mark.at_ms`,
  );
  const select = database.prepare('SELECT name, at_ms, by FROM mark WHERE at_ms > ? ORDER BY at_ms');
  const remove = database.prepare('DELETE FROM mark WHERE at_ms <= ?');
  return {
    read: (nowMs) =>
      select.all(nowMs - revocationLifetimeMs).map((row) => ({
        name: String(row['name']),
        atMs: Number(row['at_ms']),
        by: readRevokedBy(row['by']),
      })),
    write(marks) {
      for (const { name, atMs, by } of marks) {
        insert.run(name, atMs, by);
        remove.run(atMs - revocationLifetimeMs);
      }
    },
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}

/** Revocations of one relay, which outlast it and which its command line adds to. */
export function storeRevocations(options: {
  readonly dataDir: string;
  readonly log: Logger;
  /** Called when something was revoked, here or on the command line. */
  readonly onRevoked: () => void;
  readonly now?: () => number;
  /** How often changes by the command line are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}): Revocations & { close(): void } {
  const { log, onRevoked, now = Date.now, pollMs = 250 } = options;
  const local = createRevocations({ now });
  const file = openRevocationFile(options.dataDir);
  const load = (): void => {
    let isNews = false;
    for (const mark of file.read(now())) isNews = local.take(mark) || isNews;
    if (isNews) onRevoked();
  };
  let version = file.version();
  const poll = setInterval(() => {
    try {
      const current = file.version();
      if (current === version) return;
      load();
      version = current;
    } catch (error) {
      log.error({ err: error }, 'revocations can’t be read');
    }
  }, pollMs).unref();
  load();

  return {
    revoke(revocation, by) {
      const marks = local.mark(revocation, by);
      onRevoked();
      file.write(marks);
    },
    revokedBy: (identity) => local.revokedBy(identity),
    problem: () => null,
    close() {
      clearInterval(poll);
      file.close();
    },
  };
}
