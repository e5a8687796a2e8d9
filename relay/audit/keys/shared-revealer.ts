import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { createLineOpener, keysOfLine, type KeyState, maxDepth } from './open-line.ts';

/** Opens what is sealed in records of all relays, as far as the storage has the keys and lets this user read them. */
export interface SharedRevealer {
  /** Looks up all keys that these lines need, so that `reveal` knows them. */
  prepare(lines: Iterable<string>): Promise<void>;
  /** As `Revealer.reveal` does for a folder, for a line that was prepared. */
  reveal(line: string, took?: (id: string) => void): string;
  /** Number of the last key that was thrown away. */
  erasures(): Promise<number>;
}

/** Others may throw keys away: what is known is looked up anew after so long. */
const lookAgainMs = 1000;

/** Reads keys when lines need them. */
export function createSharedRevealer(sql: Sql): SharedRevealer {
  const states = new Map<string, KeyState>();
  const opener = createLineOpener((id) => states.get(id));
  let isThere: boolean | undefined;
  let lookedAtMs = performance.now();
  let known = 0;

  /** A storage of relays that never sealed anything has no keys, and not everybody who may read records may read them. */
  const mayRead = async (): Promise<boolean> => {
    const { rows } = await sql.query(
      `SELECT to_regclass('audit_key') IS NOT NULL
         AND coalesce(has_table_privilege(to_regclass('audit_key'), 'SELECT'), false)
         AND coalesce(has_table_privilege(to_regclass('audit_erased'), 'SELECT'), false) AS may`,
    );
    return rows[0]?.['may'] === true;
  };
  const lookUp = async (ids: readonly string[]): Promise<void> => {
    isThere ??= await mayRead();
    const keys = isThere ? await sql.query('SELECT id, key FROM audit_key WHERE id = ANY($1)', [ids]) : { rows: [] };
    // Afterwards, so that what is thrown away in between isn’t found in neither of the two.
    const gone = isThere
      ? await sql.query('SELECT id, alias FROM audit_erased WHERE id = ANY($1)', [ids])
      : { rows: [] };
    for (const id of ids) states.set(id, { type: 'unknown' });
    for (const row of keys.rows) states.set(String(row['id']), { type: 'key', key: row['key'] as Buffer });
    for (const row of gone.rows) states.set(String(row['id']), { type: 'erased', alias: String(row['alias']) });
  };
  const erasures = async (): Promise<number> => {
    isThere ??= await mayRead();
    if (!isThere) return 0;
    const { rows } = await sql.query('SELECT coalesce(max(number), 0) AS last FROM audit_erased');
    return Number(rows[0]?.['last']);
  };
  const forgetWhatChanged = async (): Promise<void> => {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < lookAgainMs) return;
    lookedAtMs = nowMs;
    const last = await erasures();
    // Keys that weren’t there yet may have come since.
    for (const [id, { type }] of states) if (type === 'unknown' || last !== known) states.delete(id);
    if (last !== known) opener.forget();
    known = last;
  };

  return {
    async prepare(lines) {
      let left = new Set<string>();
      for (const line of lines) if (keysOfLine(line).length > 0) left.add(line);
      if (left.size === 0) return;
      await forgetWhatChanged();
      for (let depth = 0; depth < maxDepth && left.size > 0; depth += 1) {
        const missing = new Set<string>();
        for (const line of left) for (const id of keysOfLine(line)) if (!states.has(id)) missing.add(id);
        if (missing.size > 0) await lookUp([...missing]);
        const inner = new Set<string>();
        for (const line of left) {
          const opened = opener.reveal(line);
          if (keysOfLine(opened).length > 0) inner.add(opened);
        }
        left = inner;
      }
    },
    reveal: (line, took) => opener.reveal(line, took),
    erasures,
  };
}
