import { auditTables } from '../audit/shared/tables.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { SharedCountsPlace } from '../reports/open-counts.ts';
import { openPostgresClient, type PostgresClient } from '../storage/postgres/postgres-client.ts';
import type { Finding } from './finding.ts';
import { forgetEveryMs, refusedBeforeMs, takeTurns } from './forget-addresses.ts';
import { anomalyMigrations } from './shared-tables.ts';
import { openSharedWatch, type SharedWatch } from './shared-watch.ts';

/** The search over all relays, as far as it is done here. */
export interface SharedSearch {
  replace(settings: AnomaliesConfig): void;
  /** A finding that was told is in the audit now, or couldn't be written: then the search is another relay's for a while. */
  written(id: string, isRecorded: boolean): void;
  /** Gives the search up; another relay goes on with it. */
  close(): void;
}

export interface SharedSearchOptions {
  readonly postgres: SharedCountsPlace['postgres'];
  readonly settings: AnomaliesConfig;
  /** Days (UTC) for which findings about refused sign-ins say from where, today among them; for good when left out. */
  readonly refusedDays?: number | undefined;
  readonly pollMs: number;
  /** How long a record of one relay waits for those of the others, milliseconds. Default 3000. */
  readonly lagMs?: number;
  /** How long this relay doesn't ask for the search when its audit couldn't be written, milliseconds. Default a minute. */
  readonly restMs?: number;
  readonly onFinding: (finding: Finding) => void;
  /** So many records are to be looked at before what is new is; null once they are. */
  readonly onBehind?: (records: number | null) => void;
  /** Why it isn't done anywhere, and with null that it is again. */
  readonly onTrouble: (reason: string | null) => void;
}

/** Any number of ours, the same in all relays: whoever holds it (pg_try_advisory_lock) looks. */
const searchLock = 4_716_311;
const statementMs = 60_000;
/** Of fewer that wait nobody has to be told: they are looked at within seconds. */
const manyRecords = 50_000;
/** PostgreSQL lets go of one that is frozen, so that another relay can look. */
const longestSilence = '60s';

/**
 * Looks through the audits of all relays in PostgreSQL, at one relay at a time: that which holds a lock there. When it ends,
 * or loses PostgreSQL, another goes on where it was.
 */
export function followShared(options: SharedSearchOptions): SharedSearch {
  const { postgres, refusedDays, pollMs, restMs = 60_000, onFinding, onTrouble, onBehind } = options;
  const forgetting = takeTurns(forgetEveryMs);
  let { settings } = options;
  let isClosed = false;
  let isInTrouble = false;
  let client: PostgresClient | undefined;
  let watch: SharedWatch | undefined;
  let wake: () => void = () => undefined;
  const told = new Map<string, Finding>();
  let recorded: Finding[] = [];
  let begun: SharedWatch | undefined;
  let isBehind = false;
  /** Until then the search isn't for this relay, which can't write what it finds. */
  let restUntilMs = 0;
  const restLeftMs = (): number => restUntilMs - performance.now();
  const mayGoOn = (): boolean => !isClosed && restLeftMs() <= 0;

  const pause = (ms = pollMs): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const isMine = async (sql: PostgresClient): Promise<boolean> => {
    const { rows } = await sql.query('SELECT pg_try_advisory_lock($1) AS mine', [searchLock]);
    return rows[0]?.['mine'] === true;
  };
  const tell = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      if (told.has(finding.id)) continue;
      told.set(finding.id, finding);
      onFinding(finding);
    }
  };
  const note = async (found: SharedWatch): Promise<void> => {
    const done = recorded;
    await found.recorded(done);
    recorded = recorded.filter((finding) => !done.includes(finding));
    for (const { id } of done) told.delete(id);
  };
  const catchUp = async (found: SharedWatch): Promise<void> => {
    if (found !== begun) {
      begun = found;
      const behind = await found.behind();
      if (behind >= manyRecords) onBehind?.(behind);
      isBehind ||= behind >= manyRecords;
    }
    while (mayGoOn() && (await found.step())) {
      // Not only at the end: the steps can be many, and somebody is to act on what is found.
      await note(found);
      tell(await found.settled());
    }
    if (!isBehind || !mayGoOn() || (await found.behind()) >= manyRecords) return;
    isBehind = false;
    onBehind?.(null);
  };
  const look = async (found: SharedWatch): Promise<void> => {
    await catchUp(found);
    if (!mayGoOn()) return;
    await note(found);
    tell(await found.unrecorded());
    const beforeMs = refusedBeforeMs(refusedDays, Date.now());
    if (beforeMs !== null && forgetting()) await found.forgetAddresses(beforeMs);
  };
  const search = async (): Promise<void> => {
    client = await openPostgresClient(postgres, { migrations: [auditTables, anomalyMigrations], statementMs });
    await client.query(`SET idle_session_timeout = '${longestSilence}'`);
    await client.query(`SET idle_in_transaction_session_timeout = '${longestSilence}'`);
    while (mayGoOn()) {
      if (watch === undefined && (await isMine(client)))
        watch = await openSharedWatch(client, { settings, lagMs: options.lagMs ?? 3000 });
      if (watch !== undefined) await look(watch);
      if (isInTrouble) onTrouble(null);
      isInTrouble = false;
      await pause();
    }
  };
  const run = async (): Promise<void> => {
    while (!isClosed) {
      try {
        await search();
      } catch (error) {
        if (!isClosed && !isInTrouble) onTrouble(error instanceof Error ? error.message : String(error));
        isInTrouble = true;
      }
      watch = undefined;
      await client?.close();
      client = undefined;
      // With the connection the lock is gone: meanwhile another relay looks.
      if (!isClosed) await pause(Math.max(pollMs, restLeftMs()));
    }
  };
  void run();

  return {
    replace(next) {
      settings = next;
      watch?.replace(next);
    },
    written(id, isRecorded) {
      const finding = told.get(id);
      if (finding === undefined) return;
      if (isRecorded) recorded.push(finding);
      // One that is recorded stays told until PostgreSQL knows it.
      else {
        told.delete(id);
        restUntilMs = performance.now() + restMs;
        if (watch !== undefined) wake();
      }
    },
    close() {
      isClosed = true;
      wake();
      void client?.close();
    },
  };
}
