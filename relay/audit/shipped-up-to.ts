import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The last record that each of these sinks has; 0 while one has none or nobody can tell, no bound without sinks. */
export function shippedUpTo(path: string, sinks: readonly string[]): number {
  if (sinks.length === 0) return Number.POSITIVE_INFINITY;
  if (!existsSync(path)) return 0;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const read = database.prepare('SELECT seq FROM sink WHERE name = ?');
      return Math.min(...sinks.map((name) => Number(read.get(name)?.['seq'] ?? 0)));
    } finally {
      database.close();
    }
  } catch {
    // Records then stay for another minute. That the sinks' file can't be read is theirs to say, and keeps nothing from
    // being recorded.
    return 0;
  }
}
