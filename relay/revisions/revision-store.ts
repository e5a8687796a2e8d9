import { createHash } from 'node:crypto';
import { inTransaction } from '../storage/in-transaction.ts';
import { openReadableDatabase } from '../storage/open-migrated-database.ts';

/** A config at the moment when it was put in force, or refused. */
export interface RevisionEvent {
  readonly timeMs: number;
  readonly event: 'loaded' | 'refused';
  /** Path of the config file. */
  readonly file: string;
  /** SHA-256 of the text as it is kept, in hexadecimal digits. */
  readonly hash: string;
}

/** A config that was in force, with its text without secrets. */
export interface KeptRevision extends RevisionEvent {
  readonly text: string;
  /** When the next one was put in force; null while none is. */
  readonly untilMs: number | null;
}

/** A revision in a list, and whether its text is kept. */
export interface ListedRevision extends RevisionEvent {
  readonly isKept: boolean;
  /** Id of the relay that loaded or refused it, where there are several. */
  readonly relay?: string;
}

/** What happened, with the text; null when that isn't kept any more. */
export interface RevisionWithText extends RevisionEvent {
  readonly text: string | null;
}

type Awaitable<Value> = Value | Promise<Value>;

/** What is known of a time in the past. */
export type RevisionAt =
  | { readonly status: 'found'; readonly revision: KeptRevision }
  | { readonly status: 'none' }
  | { readonly status: 'too-early'; readonly firstMs: number }
  | { readonly status: 'pruned'; readonly hash: string }
  | { readonly status: 'altered'; readonly hash: string };

/**
 * The texts of all configs that a relay loaded or refused; each text is there once, and what is kept twice as well. A
 * store that can't be reached says so with an AccessError.
 */
export interface RevisionStore {
  /** Durable when it returns. */
  keep(event: RevisionEvent, text: string): Awaitable<void>;
  /** What was in force at this relay. */
  at(timeMs: number): Awaitable<RevisionAt>;
  /** All that was loaded or refused, newest first; at all relays where they share the store. */
  list(): Awaitable<readonly ListedRevision[]>;
  /** Texts whose hash begins so, but for those that were changed in the store. */
  textsOf(hashPrefix: string): Awaitable<readonly string[]>;
  close(): void;
}

/** Revisions in the data folder. */
export interface LocalRevisionStore extends RevisionStore {
  keep(event: RevisionEvent, text: string): void;
  at(timeMs: number): RevisionAt;
  list(): readonly ListedRevision[];
  textsOf(hashPrefix: string): readonly string[];
  /** All that was loaded or refused, oldest first. */
  events(): readonly RevisionWithText[];
}

/** Most bytes of text that a store keeps. */
export const maxKeptBytes = 256 * 1024 * 1024;

/** The name of a text among the revisions. */
export function revisionHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Name of the file in the data folder. */
export const revisionFile = 'config-revisions.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const revisionSteps: readonly string[] = [
  `
  CREATE TABLE revision (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE TABLE revision_event (
    seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, event TEXT NOT NULL, file TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX revision_event_hash ON revision_event (hash, seq);
  `,
];

/** Opens or creates the database, or opens it for who may only read it; beyond `maxBytes` of text the oldest texts go, and what is in force stays. */
export function openRevisionStore(dataDir: string, { maxBytes = maxKeptBytes } = {}): LocalRevisionStore {
  const database = openReadableDatabase(dataDir, revisionFile, revisionSteps);
  const insert = database.prepare('INSERT OR IGNORE INTO revision VALUES (?, ?)');
  const insertEvent = database.prepare(
    `INSERT INTO revision_event (time_ms, event, file, hash) SELECT ?1, ?2, ?3, ?4
     WHERE NOT EXISTS (SELECT 1 FROM revision_event WHERE hash = ?4 AND time_ms = ?1 AND event = ?2)`,
  );
  const kept = database.prepare('SELECT coalesce(sum(length(text)), 0) AS bytes FROM revision');
  const removeOldest = database.prepare(`
    DELETE FROM revision WHERE hash = (
      SELECT hash FROM revision WHERE hash NOT IN (
        SELECT hash FROM (SELECT hash FROM revision_event WHERE event = 'loaded' ORDER BY seq DESC LIMIT 1)
      ) ORDER BY (SELECT max(seq) FROM revision_event WHERE revision_event.hash = revision.hash) LIMIT 1
    )`);
  const inForce = database.prepare(`
    SELECT event.seq, time_ms, file, event.hash, text FROM revision_event AS event LEFT JOIN revision USING (hash)
    WHERE event = 'loaded' AND time_ms <= ? ORDER BY event.seq DESC LIMIT 1`);
  const next = database.prepare(
    "SELECT time_ms FROM revision_event WHERE event = 'loaded' AND seq > ? ORDER BY seq LIMIT 1",
  );
  const first = database.prepare("SELECT time_ms FROM revision_event WHERE event = 'loaded' ORDER BY seq LIMIT 1");

  const all = database.prepare(`
    SELECT time_ms, event, file, event.hash, revision.hash IS NOT NULL AS is_kept
    FROM revision_event AS event LEFT JOIN revision USING (hash) ORDER BY event.seq DESC`);
  const withTexts = database.prepare(`
    SELECT time_ms, event, file, event.hash, text FROM revision_event AS event LEFT JOIN revision USING (hash)
    ORDER BY event.seq`);
  const texts = database.prepare('SELECT hash, text FROM revision WHERE substr(hash, 1, ?) = ?');

  const prune = (): void => {
    while (Number(kept.get()?.['bytes']) > maxBytes) if (removeOldest.run().changes === 0) return;
  };

  return {
    keep: ({ timeMs, event, file, hash }, text) =>
      inTransaction(database, () => {
        insert.run(hash, text);
        insertEvent.run(timeMs, event, file, hash);
        prune();
      }),
    at(timeMs) {
      const row = inForce.get(timeMs);
      if (row === undefined) {
        const firstMs = first.get()?.['time_ms'];
        return firstMs === undefined ? { status: 'none' } : { status: 'too-early', firstMs: Number(firstMs) };
      }
      const hash = String(row['hash']);
      if (row['text'] === null) return { status: 'pruned', hash };
      const text = String(row['text']);
      if (revisionHash(text) !== hash) return { status: 'altered', hash };
      const untilMs = next.get(row['seq'] ?? 0)?.['time_ms'];
      const revision: KeptRevision = {
        timeMs: Number(row['time_ms']),
        event: 'loaded',
        file: String(row['file']),
        hash,
        text,
        untilMs: untilMs === undefined ? null : Number(untilMs),
      };
      return { status: 'found', revision };
    },
    events: () =>
      withTexts.all().map((row) => ({ ...eventOf(row), text: row['text'] === null ? null : String(row['text']) })),
    list: () => all.all().map((row) => ({ ...eventOf(row), isKept: row['is_kept'] === 1 })),
    textsOf: (hashPrefix) =>
      texts
        .all(hashPrefix.length, hashPrefix)
        .map((row) => ({ hash: String(row['hash']), text: String(row['text']) }))
        .filter(({ hash, text }) => revisionHash(text) === hash)
        .map(({ text }) => text),
    close: () => database.close(),
  };
}

function eventOf(row: Readonly<Record<string, unknown>>): RevisionEvent {
  return {
    timeMs: Number(row['time_ms']),
    event: row['event'] === 'refused' ? 'refused' : 'loaded',
    file: String(row['file']),
    hash: String(row['hash']),
  };
}
