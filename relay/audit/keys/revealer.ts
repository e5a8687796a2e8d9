import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { openKeyDatabaseForReading } from './key-database.ts';
import { openValue } from './sealed-value.ts';

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

const administratorStart = '{"type":"administrator"';
const mark = '{"sealed":"';
const sealedField = /"(\w+)":\{"sealed":"([\w-]+)","of":"([\w-]+)"(?:,"groups":(\[(?:"(?:[^"\\]|\\.)*",?)*\]))?\}/g;
/** A refused sign-in of a known person is under two keys. */
const maxDepth = 3;
const maxRemembered = 20_000;
/** What is remembered may be of a key that has been thrown away since; so soon that is noticed. */
const lookAgainMs = 50;

/** Opens the keys of a data folder when they are first needed. */
export function createRevealer(path: string): Revealer {
  let database: DatabaseSync | undefined;
  let keyOf: ((id: string) => Uint8Array | undefined) | undefined;
  let version: unknown;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  const values = new Map<string, string>();
  const keys = new Map<string, Uint8Array | undefined>();

  const open = (): DatabaseSync | undefined => {
    if (database !== undefined || !existsSync(path)) return database;
    try {
      database = openKeyDatabaseForReading(path);
      const select = database.prepare(
        'SELECT key FROM person WHERE id = ?1 UNION ALL SELECT key FROM day WHERE id = ?1',
      );
      keyOf = (id) => {
        const key = select.get(id)?.['key'];
        return key instanceof Uint8Array ? key : undefined;
      };
    } catch {
      // Not for this user: the records can be read, and say that people’s names are sealed.
      database = undefined;
    }
    return database;
  };
  const forgetWhatChanged = (): void => {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < lookAgainMs) return;
    lookedAtMs = nowMs;
    const found = open()?.prepare('PRAGMA data_version').get()?.['data_version'];
    if (found === version) return;
    version = found;
    values.clear();
    keys.clear();
  };
  const keyFor = (id: string): Uint8Array | undefined => {
    if (keys.has(id)) return keys.get(id);
    const key = keyOf?.(id);
    keys.set(id, key);
    return key;
  };
  const valueOf = (field: string, id: string, of: string, groups: string | undefined): string => {
    const known = values.get(of);
    if (known !== undefined) return known;
    const key = keyFor(id);
    const value = key === undefined ? null : opened(of, id, key);
    if (value === null)
      return placeholder(field, database === undefined || key !== undefined ? 'sealed' : 'erased', id, groups);
    if (values.size >= maxRemembered) values.clear();
    values.set(of, value);
    return value;
  };

  return {
    reveal(line, took) {
      if (!line.includes(mark)) return line;
      forgetWhatChanged();
      let revealed = line;
      for (let depth = 0; depth < maxDepth && revealed.includes(mark); depth += 1)
        revealed = revealed.replace(
          sealedField,
          (_, field: string, id: string, of: string, groups: string | undefined) => {
            took?.(id);
            const kind = field === 'operator' && line.startsWith(administratorStart) ? 'operating user' : field;
            return `"${field}":${valueOf(kind, id, of, groups)}`;
          },
        );
      return revealed;
    },
    erasures: () => Number(open()?.prepare('SELECT max(number) AS last FROM erased').get()?.['last'] ?? 0),
    erasedSince: (erasures) =>
      (open()?.prepare('SELECT id FROM erased WHERE number > ?').all(erasures) ?? []).map((row) => String(row['id'])),
    close() {
      database?.close();
      database = undefined;
      keyOf = undefined;
      version = undefined;
      lookedAtMs = Number.NEGATIVE_INFINITY;
      values.clear();
      keys.clear();
    },
  };
}

function opened(of: string, id: string, key: Uint8Array): string | null {
  try {
    return openValue(of, { id, key });
  } catch {
    // Changed afterwards: that is for the verifier to say, not for who reads.
    return null;
  }
}

/** A line as it is for who has no keys: what is sealed says so, with a name for each person. */
export function revealWithoutKeys(line: string): string {
  return withoutKeys.reveal(line);
}
const withoutKeys = createRevealer('');

/** What stands where a value can't be read any more. */
function placeholder(field: string, word: 'erased' | 'sealed', id: string, groups = '[]'): string {
  const who = `"${word}-${id}"`;
  switch (field) {
    case 'caller':
      return `{"issuer":"","subject":${who},"username":${who},"groups":${groups},"sessionId":"","device":"","remoteAddress":""}`;
    case 'requester':
    case 'person':
      return `{"issuer":"","subject":${who},"username":${who}}`;
    case 'claimed':
      return 'null';
    case 'operating user':
      return `{"user":${who},"sudoUser":null}`;
    case 'by':
    case 'operator':
      return who;
    case 'target':
      return `"the person ${word}-${id}"`;
    case 'sessionId':
    case 'device':
    case 'remoteAddress':
      return '""';
    case 'query':
    case 'claims':
      return '{}';
    case 'path':
      return `"/(${word})"`;
    default:
      return `"(${word})"`;
  }
}
