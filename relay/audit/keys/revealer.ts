import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { openKeyDatabaseForReading } from './key-database.ts';
import { createLineOpener, type KeyState, sealedMark } from './open-line.ts';

/** Opens what is sealed in stored lines, as far as there is a key to it and for this user. */
export interface Revealer {
  /**
   * The line as it was recorded. Fields whose key was thrown away say so: people are called `erased-…`, the same for all
   * of a person's records. Without the right to read keys they are called `sealed-…`. `took` hears of each key.
   */
  reveal(line: string, took?: (id: string) => void): string;
  /** How many keys have been thrown away. */
  erasures(): number;
  /** Names of the keys that were thrown away after the first so many. */
  erasedSince(erasures: number): readonly string[];
  close(): void;
}

/** What is remembered may be of a key that has been thrown away since; so soon that is noticed. */
const lookAgainMs = 50;

/** Opens the keys of a data folder when they are first needed. */
export function createRevealer(path: string): Revealer {
  let database: DatabaseSync | undefined;
  let find: ((id: string) => KeyState) | undefined;
  let version: unknown;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  const states = new Map<string, KeyState>();

  const open = (): DatabaseSync | undefined => {
    if (database !== undefined || !existsSync(path)) return database;
    try {
      database = openKeyDatabaseForReading(path);
      find = stateIn(database);
    } catch {
      // Not for this user: the records can be read, and say that people’s names are sealed.
      database = undefined;
    }
    return database;
  };
  const stateOf = (id: string): KeyState => {
    const known = states.get(id);
    if (known !== undefined) return known;
    const state = find?.(id) ?? { type: 'unknown' };
    states.set(id, state);
    return state;
  };
  const lines = createLineOpener(stateOf);
  const forgetWhatChanged = (): void => {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < lookAgainMs) return;
    lookedAtMs = nowMs;
    const found = open()?.prepare('PRAGMA data_version').get()?.['data_version'];
    if (found === version) return;
    version = found;
    lines.forget();
    states.clear();
  };

  return {
    reveal(line, took) {
      if (!line.includes(sealedMark)) return line;
      forgetWhatChanged();
      return lines.reveal(line, took);
    },
    erasures: () => Number(open()?.prepare('SELECT max(number) AS last FROM erased').get()?.['last'] ?? 0),
    erasedSince: (erasures) =>
      (open()?.prepare('SELECT id FROM erased WHERE number > ?').all(erasures) ?? []).map((row) => String(row['id'])),
    close() {
      database?.close();
      database = undefined;
      find = undefined;
      version = undefined;
      lookedAtMs = Number.NEGATIVE_INFINITY;
      lines.forget();
      states.clear();
    },
  };
}

function stateIn(database: DatabaseSync): (id: string) => KeyState {
  const select = database.prepare('SELECT key FROM person WHERE id = ?1 UNION ALL SELECT key FROM day WHERE id = ?1');
  // The column is of a later version than some folders are, which their relay hasn’t brought forward.
  const columns = database.prepare('PRAGMA table_info(erased)').all();
  const alias = columns.some(({ name }) => name === 'alias') ? 'coalesce(alias, id)' : 'id';
  const gone = database.prepare(`SELECT ${alias} AS alias FROM erased WHERE id = ?`);
  return (id) => {
    const key = select.get(id)?.['key'];
    if (key instanceof Uint8Array) return { type: 'key', key };
    const erased = gone.get(id)?.['alias'];
    return typeof erased === 'string' ? { type: 'erased', alias: erased } : { type: 'unknown' };
  };
}

/** A line as it is for who has no keys: what is sealed says so, with a name for each person. */
export function revealWithoutKeys(line: string): string {
  return withoutKeys.reveal(line);
}
const withoutKeys = createLineOpener(() => ({ type: 'unknown' }));
