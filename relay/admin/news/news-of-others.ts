import type { Logger } from 'pino';
import type { AuditRecord } from '../../audit/audit-record.ts';
import { createSharedRevealer, type SharedRevealer } from '../../audit/keys/shared-revealer.ts';
import { openShared } from '../../audit/shared/open-shared.ts';
import { knownLogs, recordsBetween } from '../../audit/shared/stored-records.ts';
import type { SharedCountsPlace } from '../../reports/open-counts.ts';
import type { PostgresClient } from '../../storage/postgres/postgres-client.ts';
import type { NewsSource } from './news.ts';

const lookEveryMs = 1000;
/** Of one relay and look; of more only the number is told, and that everything has to be looked at anew. */
const mostAtOnce = 200;

/** What other relays of a storage have recorded, as it arrives there; looked for only while somebody listens. */
export interface NewsOfOthers extends NewsSource {
  close(): Promise<void>;
}

export function newsOfOthers(
  { postgres: storage, relay: own }: SharedCountsPlace,
  log: Logger,
  everyMs: number = lookEveryMs,
): NewsOfOthers {
  const listeners = new Map<(record: AuditRecord) => void, (count: number) => void>();
  let open: { readonly sql: PostgresClient; readonly revealer: SharedRevealer } | null = null;
  let at = new Map<string, number>();
  let isFirst = true;
  /** How often somebody has begun to listen where nobody did: a look that began before tells them nothing. */
  let begun = 0;
  let hasMissed = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;

  const disconnect = async (): Promise<void> => {
    const { sql } = open ?? {};
    open = null;
    await sql?.close();
  };
  const readNew = async (relay: string, from: number, to: number, isMeant: () => boolean): Promise<void> => {
    if (open === null) return;
    const begin = Math.max(from, to - mostAtOnce + 1);
    const [known] = await knownLogs(open.sql, relay);
    const stored = known === undefined ? [] : await recordsBetween(open.sql, known, begin, to);
    await open.revealer.prepare(stored.map(({ payload }) => payload));
    if (!isMeant()) return;
    for (const { payload } of stored) {
      const record = JSON.parse(open.revealer.reveal(payload)) as AuditRecord;
      for (const listener of listeners.keys()) listener(record);
    }
    if (begin > from) for (const onSkipped of listeners.values()) onSkipped(begin - from);
  };
  const look = async (): Promise<void> => {
    const listening = begun;
    const isMeant = (): boolean => begun === listening;
    if (open === null) {
      const sql = await openShared({ storage });
      open = { sql, revealer: createSharedRevealer(sql) };
    }
    const { rows } = await open.sql.query('SELECT relay, size FROM audit_relay WHERE relay <> $1', [own]);
    const before = at;
    at = new Map(rows.map((row) => [String(row['relay']), Number(row['size'])]));
    // What was recorded before, who listens has read by itself.
    if (!isMeant()) return;
    const wasFirst = isFirst;
    isFirst = false;
    if (wasFirst) return;
    for (const [relay, size] of at) {
      const seen = before.get(relay) ?? 0;
      if (size > seen) await readNew(relay, seen + 1, size, isMeant);
    }
    if (!hasMissed) return;
    hasMissed = false;
    for (const onSkipped of listeners.values()) onSkipped(0);
  };
  const lookAgain = (): void => {
    looking = look()
      .catch(async (error: unknown) => {
        // The relay’s own connection says that the storage is away.
        log.debug({ err: error }, 'news of other relays come later');
        hasMissed = true;
        await disconnect().catch(() => undefined);
      })
      .finally(() => {
        looking = null;
        if (listeners.size > 0) timer = setTimeout(lookAgain, everyMs).unref();
        else void disconnect().catch(() => undefined);
      });
  };

  return {
    onRecorded(listener, onSkipped) {
      listeners.set(listener, onSkipped);
      if (listeners.size === 1) {
        begun += 1;
        isFirst = true;
        clearTimeout(timer);
        if (looking === null) lookAgain();
      }
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      clearTimeout(timer);
      await looking;
      await disconnect();
    },
  };
}
