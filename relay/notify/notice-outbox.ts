import type { SQLOutputValue } from 'node:sqlite';
import { inTransaction } from '../storage/in-transaction.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import type { Notice, NoticeEvent } from './notice.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** A message that is to be sent now. */
export interface DueNotice extends Notice {
  /** How often it was tried in vain. */
  readonly attempts: number;
}

/** What became of messages on one channel. */
export interface ChannelState {
  readonly channel: string;
  /** Due, and not delivered yet. */
  readonly waiting: number;
  readonly oldestDueAtMs: number | null;
  /** Given up within the last days. */
  readonly givenUp: number;
  /** Why the newest failed attempt failed; null when nothing that waits or was given up has failed. */
  readonly error: string | null;
}

/** Messages that are to be sent, durable until they are; each is known by its id for some days more. */
export interface NoticeOutbox {
  /** Adds those that aren’t known; how many couldn’t be, because too many wait already. */
  add(notices: readonly Notice[]): Awaitable<number>;
  /** Takes those of emergencies that are due on a channel, then the oldest of the others; another relay gets them only when nothing was said of them in time. */
  take(channel: string, nowMs: number): Awaitable<readonly DueNotice[]>;
  /** It was delivered, or isn’t wanted any more: only its id is kept. */
  done(id: string, nowMs: number): Awaitable<void>;
  /** It goes again at `atMs`. */
  retry(id: string, atMs: number, reason: string): Awaitable<void>;
  giveUp(id: string, nowMs: number, reason: string): Awaitable<void>;
  states(nowMs: number): Awaitable<readonly ChannelState[]>;
  close(): void;
}

/** Most messages that wait, but for those of emergencies. */
const maxWaiting = 10_000;
/** Those of emergencies: however many others wait, there is room for them. */
const maxUrgentWaiting = 1000;
/** What goes first. */
export const urgentEvent: NoticeEvent = 'break-glass';
/** Those of `notices` for which there is room beside what waits already. */
export function withRoom(
  notices: readonly Notice[],
  waiting: { readonly all: number; readonly urgent: number },
): readonly Notice[] {
  let urgentRoom = Math.max(0, maxUrgentWaiting - waiting.urgent);
  let room = Math.max(0, maxWaiting - (waiting.all - waiting.urgent));
  return notices.filter(({ event }) => (event === urgentEvent ? urgentRoom-- : room--) > 0);
}
/** At once of one channel: whoever takes them says what became of all of them within {@link takenForMs}. */
export const takenAtOnce = 5;
/** Milliseconds; longer than that many of the slowest receivers take. */
export const takenForMs = 660_000;
/** How long ids are remembered, milliseconds: longer than anything that could tell of the same thing again. */
export const rememberedMs = 7 * 86_400_000;

/** Name of the file in the data folder. */
export const noticeFile = 'notices.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const noticeSteps: readonly string[] = [
  `CREATE TABLE notice (
     id TEXT PRIMARY KEY, channel TEXT NOT NULL, recipient TEXT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL,
     due_at_ms INTEGER NOT NULL, give_up_at_ms INTEGER NOT NULL, done_at_ms INTEGER, attempts INTEGER NOT NULL,
     error TEXT, record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX notice_due ON notice (state, due_at_ms);`,
];

/**
 * Opens or creates the outbox of a relay in its data folder, readable by its owner only.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openNoticeOutbox(dataDir: string): NoticeOutbox {
  const database = openMigratedDatabase(dataDir, noticeFile, noticeSteps);
  const insert = database.prepare(
    `INSERT OR IGNORE INTO notice (id, channel, recipient, event, state, due_at_ms, give_up_at_ms, attempts, record)
     VALUES (?, ?, ?, ?, 'waiting', ?, ?, 0, ?)`,
  );
  const count = database.prepare(
    `SELECT count(*) AS number, count(*) FILTER (WHERE event = '${urgentEvent}') AS urgent FROM notice WHERE state = 'waiting'`,
  );
  const due = database.prepare(
    `SELECT * FROM notice WHERE state = 'waiting' AND due_at_ms <= ?
     AND channel = ? ORDER BY event = '${urgentEvent}' DESC, due_at_ms LIMIT ${takenAtOnce}`,
  );
  const end = database.prepare(
    "UPDATE notice SET state = ?, done_at_ms = ?, error = ?, record = '', recipient = '' WHERE id = ?",
  );
  const again = database.prepare(
    'UPDATE notice SET due_at_ms = ?, error = ?, attempts = attempts + 1 WHERE id = ? AND state = ?',
  );
  const forget = database.prepare("DELETE FROM notice WHERE state <> 'waiting' AND done_at_ms <= ?");
  const states = database.prepare(
    `SELECT channel, count(*) FILTER (WHERE state = 'waiting' AND due) AS waiting,
       min(due_at_ms) FILTER (WHERE state = 'waiting' AND due) AS oldest,
       count(*) FILTER (WHERE state = 'given-up') AS given_up, max(error) AS error
     FROM (SELECT *, due_at_ms <= ? OR attempts > 0 AS due FROM notice) GROUP BY channel ORDER BY channel`,
  );
  return {
    add: (notices) =>
      inTransaction(database, () => {
        const waits = count.get();
        const kept = withRoom(notices, { all: Number(waits?.['number']), urgent: Number(waits?.['urgent']) });
        for (const { id, channel, recipient, event, dueAtMs, giveUpAtMs, record } of kept)
          insert.run(id, channel, recipient, event, dueAtMs, giveUpAtMs, JSON.stringify(record));
        return notices.length - kept.length;
      }),
    take: (channel, nowMs) => due.all(nowMs, channel).map(fromRow),
    done(id, nowMs) {
      end.run('sent', nowMs, null, id);
      forget.run(nowMs - rememberedMs);
    },
    retry: (id, atMs, reason) => void again.run(atMs, reason, id, 'waiting'),
    giveUp: (id, nowMs, reason) => void end.run('given-up', nowMs, reason, id),
    states: (nowMs) =>
      states.all(nowMs).map((row) => ({
        channel: String(row['channel']),
        waiting: Number(row['waiting']),
        oldestDueAtMs: row['oldest'] === null ? null : Number(row['oldest']),
        givenUp: Number(row['given_up']),
        error: row['error'] === null ? null : String(row['error']),
      })),
    close: () => database.close(),
  };
}

function fromRow(row: Record<string, SQLOutputValue>): DueNotice {
  return {
    id: String(row['id']),
    channel: String(row['channel']),
    recipient: String(row['recipient']),
    event: String(row['event']) as NoticeEvent,
    dueAtMs: Number(row['due_at_ms']),
    giveUpAtMs: Number(row['give_up_at_ms']),
    attempts: Number(row['attempts']),
    record: JSON.parse(String(row['record'])) as Notice['record'],
  };
}
