import type { SharedRevealer } from '../audit/keys/shared-revealer.ts';
import { type KnownLog, knownLogs, recordsBetween } from '../audit/shared/stored-records.ts';
import type { Sql } from '../storage/postgres/postgres-client.ts';

/** A record of one of the relays. */
export interface MergedRecord {
  readonly relay: string;
  readonly seq: number;
  readonly timeMs: number;
  /** One JSON object, without what was erased by now. */
  readonly payload: string;
}

/** The records of all relays in one order. */
export interface MergedLogs {
  /** The next of them; none when all that is long enough there was taken. Places are where the last one taken is. */
  next(limit: number): Promise<readonly MergedRecord[]>;
  /** Number of the last record taken, of each relay. */
  readonly places: ReadonlyMap<string, number>;
}

export interface MergeOptions {
  readonly lagMs: number;
  readonly now: () => number;
  /** The last record of each relay that is taken; all when left out. */
  readonly upTo?: ReadonlyMap<string, number>;
}

/** What was read of one relay's log and not taken yet. */
interface Queue {
  log: KnownLog;
  records: readonly MergedRecord[];
  /** The next of the records. */
  at: number;
  /** Up to where records were read. */
  readTo: number;
}

const recordsAtOnce = 5000;

/**
 * Merges the audits of all relays by time. A record is taken once it has been there for `lagMs`: those of other relays that
 * are as old have come by then. One that comes later, of a relay that couldn't send it, is taken when it comes. A relay's own
 * records keep their order.
 */
export function mergeLogs(
  sql: Sql,
  revealer: SharedRevealer,
  from: ReadonlyMap<string, number>,
  { lagMs, now, upTo }: MergeOptions,
): MergedLogs {
  const places = new Map(from);
  const queues = new Map<string, Queue>();
  /** How far each log went at some moment, oldest first. */
  let looks: { readonly atMs: number; readonly logs: readonly KnownLog[] }[] = [];

  const oldEnough = async (): Promise<readonly KnownLog[]> => {
    const nowMs = now();
    looks.push({ atMs: nowMs, logs: await knownLogs(sql) });
    const last = looks.findLastIndex(({ atMs }) => atMs <= nowMs - lagMs);
    if (last === -1) return [];
    looks = looks.slice(last);
    return looks[0]?.logs ?? [];
  };
  const queueOf = (log: KnownLog): Queue => {
    const readTo = Math.max(places.get(log.relay) ?? 0, log.first - 1);
    const queue = queues.get(log.relay) ?? { log, records: [], at: 0, readTo };
    queue.log = upTo === undefined ? log : { ...log, last: Math.min(log.last, upTo.get(log.relay) ?? 0) };
    queues.set(log.relay, queue);
    return queue;
  };
  /** Reads on where all that was read is taken. Days that are gone by now have no records. */
  const fill = async (queue: Queue): Promise<void> => {
    const { log } = queue;
    while (queue.at >= queue.records.length && queue.readTo < log.last) {
      const to = Math.min(queue.readTo + recordsAtOnce, log.last);
      const stored = await recordsBetween(sql, log, queue.readTo + 1, to);
      await revealer.prepare(stored.map(({ payload }) => payload));
      queue.readTo = to;
      queue.at = 0;
      queue.records = stored.map(({ seq, payload }) => {
        const revealed = revealer.reveal(payload);
        return { relay: log.relay, seq, timeMs: timeOf(revealed), payload: revealed };
      });
    }
  };

  return {
    places,
    async next(limit) {
      const taken: MergedRecord[] = [];
      const merged = (await oldEnough()).map(queueOf);
      for (const queue of merged) await fill(queue);
      while (taken.length < limit) {
        const first = oldest(merged);
        const record = first?.records[first.at];
        if (first === undefined || record === undefined) break;
        first.at += 1;
        taken.push(record);
        places.set(record.relay, record.seq);
        if (first.at >= first.records.length) await fill(first);
      }
      return taken;
    },
  };
}

/** The queue whose next record is the oldest; none when nothing that is long enough there is left. */
function oldest(queues: readonly Queue[]): Queue | undefined {
  let found: Queue | undefined;
  let foundMs = Infinity;
  for (const queue of queues) {
    const head = queue.records[queue.at];
    if (head === undefined || head.seq > queue.log.last || head.timeMs >= foundMs) continue;
    found = queue;
    foundMs = head.timeMs;
  }
  return found;
}

/** The time of a record, milliseconds since the epoch; 0 when it has none. */
export function timeOf(line: string): number {
  const [, timeMs] = /"timeMs":(\d{1,16})/.exec(line) ?? [];
  return Number(timeMs ?? 0);
}
