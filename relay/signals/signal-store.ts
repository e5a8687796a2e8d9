import { hash } from 'node:crypto';
import { inTransaction } from '../storage/in-transaction.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** What a token’s id says: it is to be acted on, was acted on, or somebody is just doing so. */
export type SetClaim = 'new' | 'done' | 'under-way';

/** What became of tokens and events, as they are counted. */
export const signalCounts = ['accepted', 'repeated', 'refused', 'acted', 'unknownSubject', 'unknownEvent'] as const;
export type SignalCount = (typeof signalCounts)[number];

/** Something that is to be remembered of a transmitter. */
export type SignalNote =
  | { readonly type: 'counted'; readonly what: SignalCount }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'answered' }
  | { readonly type: 'verified'; readonly state: string }
  | { readonly type: 'stream'; readonly status: string };

/** How a transmitter fares. Times are milliseconds since the epoch. */
export interface TransmitterState extends Readonly<Record<SignalCount, number>> {
  readonly name: string;
  /** When a token of it was accepted the last time. */
  readonly acceptedAtMs: number | null;
  /** When it answered a poll the last time. */
  readonly answeredAtMs: number | null;
  /** When it proved last that its events arrive (SSF 1.0 §8.1.4). */
  readonly verifiedAtMs: number | null;
  /** What it said last of the stream: `enabled`, `paused` or `disabled`; null when it said nothing. */
  readonly stream: string | null;
  readonly error: string | null;
  readonly errorAtMs: number | null;
}

/** Which tokens were acted on, and how transmitters fare. A store that can’t be reached says so with an AccessError. */
export interface SignalStore {
  /** Takes a token for whoever asks; it is to say `done`, or another may take it a minute later. */
  claim(name: string, jti: string, nowMs: number): Awaitable<SetClaim>;
  /** It was acted on, durably. What is older than `rememberMs` is forgotten. */
  done(name: string, jti: string, nowMs: number, rememberMs: number): Awaitable<void>;
  /** It couldn’t be acted on now; the next who is told of it may. */
  release(name: string, jti: string): Awaitable<void>;
  note(name: string, note: SignalNote, nowMs: number): Awaitable<void>;
  states(): Awaitable<readonly TransmitterState[]>;
  close(): void;
}

/** What was taken and not said to be done in this time is free again. */
export const claimMs = 60_000;

/** Name of the file in the data folder. */
export const signalFile = 'signals.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const signalSteps: readonly string[] = [
  `CREATE TABLE token (
     id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, done INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX token_at ON token (at_ms);
   CREATE TABLE transmitter (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;`,
];

/**
 * Opens or creates the store in the data folder; readable by its owner only. Workers of a relay may have it open at once.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openSignalStore(dataDir: string): SignalStore {
  const database = openMigratedDatabase(dataDir, signalFile, signalSteps);
  const find = database.prepare('SELECT at_ms, done FROM token WHERE id = ?');
  const put = database.prepare('INSERT OR REPLACE INTO token (id, at_ms, done) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM token WHERE id = ? AND done = 0');
  const forget = database.prepare('DELETE FROM token WHERE at_ms <= ?');
  const read = database.prepare('SELECT content FROM transmitter WHERE name = ?');
  const write = database.prepare('INSERT OR REPLACE INTO transmitter (name, content) VALUES (?, ?)');
  const all = database.prepare('SELECT content FROM transmitter ORDER BY name');
  return {
    claim: (name, jti, nowMs) =>
      inTransaction(database, () => {
        const id = tokenKey(name, jti);
        const row = find.get(id);
        if (row?.['done'] === 1) return 'done';
        if (row !== undefined && Number(row['at_ms']) > nowMs - claimMs) return 'under-way';
        put.run(id, nowMs, 0);
        return 'new';
      }),
    done(name, jti, nowMs, rememberMs) {
      put.run(tokenKey(name, jti), nowMs, 1);
      forget.run(nowMs - rememberMs);
    },
    release: (name, jti) => void remove.run(tokenKey(name, jti)),
    note: (name, note, nowMs) =>
      inTransaction(database, () => {
        const row = read.get(name);
        const before = row === undefined ? null : (JSON.parse(String(row['content'])) as TransmitterState);
        write.run(name, JSON.stringify(noted(name, before, note, nowMs)));
      }),
    states: () => all.all().map((row) => JSON.parse(String(row['content'])) as TransmitterState),
    close: () => database.close(),
  };
}

/** How a token is remembered: ids are of any length. */
export function tokenKey(name: string, jti: string): string {
  return hash('sha256', JSON.stringify([name, jti]), 'base64url');
}

/** A transmitter that nothing is known of yet. */
export function newTransmitter(name: string): TransmitterState {
  const counts = Object.fromEntries(signalCounts.map((what) => [what, 0])) as Record<SignalCount, number>;
  const times = { acceptedAtMs: null, answeredAtMs: null, verifiedAtMs: null, errorAtMs: null };
  return { name, ...counts, ...times, stream: null, error: null };
}

/** How a transmitter fares behind a note. Pure. */
export function noted(
  name: string,
  before: TransmitterState | null,
  note: SignalNote,
  nowMs: number,
): TransmitterState {
  const state = before ?? newTransmitter(name);
  switch (note.type) {
    case 'counted': {
      const counted = { ...state, [note.what]: state[note.what] + 1 };
      return note.what === 'accepted' ? { ...counted, acceptedAtMs: nowMs } : counted;
    }
    case 'failed':
      return { ...state, error: note.reason.slice(0, 500), errorAtMs: nowMs };
    case 'answered':
      return { ...state, answeredAtMs: nowMs, error: null, errorAtMs: null };
    case 'verified':
      return { ...state, verifiedAtMs: nowMs };
    case 'stream':
      return { ...state, stream: note.status };
  }
}
