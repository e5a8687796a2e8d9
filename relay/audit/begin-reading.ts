import { existsSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditFiles } from './audit-files.ts';
import type { LogKeys } from './log-keys.ts';
import { logKeysOf } from './signed-checkpoints.ts';

/**
 * Begins to read an audit that may be written meanwhile, as it is at one moment, and answers its keys of that moment.
 * Undefined when they can’t be read.
 */
export function beginReading(
  database: Pick<DatabaseSync, 'exec' | 'prepare'>,
  files: AuditFiles,
  given: string | undefined,
): LogKeys | undefined {
  for (;;) {
    const before = keyLines(files);
    database.exec('BEGIN');
    // The first statement that reads says what all others see.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    const keys = logKeysOf(files, given);
    if (keyLines(files) === before) return keys;
    database.exec('ROLLBACK');
  }
}

function keyLines({ verifierKey }: AuditFiles): string | undefined {
  return existsSync(verifierKey) ? readFileSync(verifierKey, 'utf8') : undefined;
}
