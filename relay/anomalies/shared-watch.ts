import { createSharedRevealer } from '../audit/keys/shared-revealer.ts';
import { knownLogs, recordsBetween } from '../audit/shared/stored-records.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { Sql } from '../storage/postgres/postgres-client.ts';
import { type Finding, numbered } from './finding.ts';
import { type LookAgain, lookAgain, lookBackMs, mostReadAgain, readAgainAtOnce, toldBetween } from './look-again.ts';
import { mergeLogs, type MergedLogs, type MergedRecord, timeOf } from './merge-logs.ts';
import { createLineDetector } from './observe-lines.ts';
import {
  forgetAddresses,
  readFindings,
  readHistory,
  readPlaces,
  readUnrecorded,
  writeFindings,
  writeHistory,
  writePlaces,
} from './shared-findings.ts';

/** Looks through the audits of all relays for what is out of the ordinary. After a throw another has to be opened. */
export interface SharedWatch {
  /** Looks at the next records; false when that were all. */
  step(): Promise<boolean>;
  /** Findings that aren't known to be in an audit yet, oldest first. Ask only when there are no more records. */
  unrecorded(): Promise<readonly Finding[]>;
  /** Those of them, while there are more records, whose own record would have come by now. */
  settled(): Promise<readonly Finding[]>;
  /** How many records are still to be looked at. */
  behind(): Promise<number>;
  /** Notes that findings are in an audit. */
  recorded(findings: readonly Finding[]): Promise<void>;
  /** Takes the address out of findings about nobody that are older than a time. */
  forgetAddresses(beforeMs: number): Promise<void>;
  /** Other thresholds from now on; what was counted stays. */
  replace(settings: AnomaliesConfig): void;
}

export interface SharedWatchOptions {
  readonly settings: AnomaliesConfig;
  /** How long a record of one relay waits for those of the others, milliseconds. */
  readonly lagMs: number;
  readonly now?: () => number;
}

const batch = 10_000;
const minuteMs = 60_000;
/** What is older when it is read is only learned from: nobody could act on it. */
const freshMs = 24 * 60 * minuteMs;
/** So long after a finding, by the records, its own record would have come. */
const settledMs = 5 * minuteMs;

/**
 * Opens the search over all relays. Only one process at a time may have it open. Its places in the audits, what it knows of
 * people and what it finds are written in one transaction: each record is looked at once, whoever looks.
 */
export async function openSharedWatch(
  sql: Sql,
  { settings, lagMs, now = Date.now }: SharedWatchOptions,
): Promise<SharedWatch> {
  const revealer = createSharedRevealer(sql);
  const places = await readPlaces(sql);
  const before = await placesBefore(sql, places, lookBackMs(settings));
  // What was new within that time is so for the detector, too, when it comes to it again.
  const history = await readHistory(sql, now(), before.fromMs);
  const detector = createLineDetector(settings, history);
  const { sinceMs, untilMs } = toldBetween(settings, before.placeMs);
  const told = await readFindings(sql, sinceMs, untilMs);
  await lookAtAll(lookAgain(detector, told), mergeLogs(sql, revealer, before.places, { lagMs: 0, now, upTo: places }));
  history.takeChanged();
  const logs = mergeLogs(sql, revealer, places, { lagMs, now });

  /** What is fresh is so from when on all was looked at last: it doesn't grow old while many records are looked at. */
  let caughtUpAtMs = now();
  let lookedAtMs = 0;

  const look = async (records: readonly MergedRecord[]): Promise<void> => {
    const freshFromMs = caughtUpAtMs - freshMs;
    const found: Finding[] = [];
    const recorded: Finding[] = [];
    for (const { seq, payload } of records) {
      const observed = detector.observe(payload);
      if (observed === null) continue;
      if (observed.record.type === 'anomaly') recorded.push(observed.record);
      for (const one of observed.found) if (one.timeMs >= freshFromMs) found.push(numbered(one, seq));
    }
    await writeFindings(sql, found, false);
    await writeFindings(sql, recorded, true);
    await writeHistory(sql, history);
    await writePlaces(sql, logs.places);
  };

  return {
    async step() {
      const records = await logs.next(batch);
      // Fewer are all: with steady traffic there always are some.
      const isMore = records.length === batch;
      if (records.length === 0) {
        caughtUpAtMs = now();
        return false;
      }
      await sql.query('BEGIN');
      await look(records);
      await sql.query('COMMIT');
      lookedAtMs = records.at(-1)?.timeMs ?? 0;
      if (!isMore) caughtUpAtMs = now();
      return isMore;
    },
    unrecorded: () => readUnrecorded(sql),
    async settled() {
      return (await readUnrecorded(sql)).filter(({ timeMs }) => timeMs <= lookedAtMs - settledMs);
    },
    async behind() {
      const waiting = (await knownLogs(sql)).map(
        ({ relay, first, last }) => last - Math.max(logs.places.get(relay) ?? 0, first - 1),
      );
      return waiting.reduce((sum, count) => sum + Math.max(0, count), 0);
    },
    recorded: (findings) => writeFindings(sql, findings, true),
    forgetAddresses: (beforeMs) => forgetAddresses(sql, beforeMs),
    replace: (next) => detector.replace(next),
  };
}

interface EarlierPlaces {
  readonly places: ReadonlyMap<string, number>;
  /** From when on all records come behind those places. */
  readonly fromMs: number;
  /** Time of the last record that was looked at. */
  readonly placeMs: number;
}

/** For each relay, a place so long before the one where the search is. */
async function placesBefore(sql: Sql, places: ReadonlyMap<string, number>, lengthMs: number): Promise<EarlierPlaces> {
  const before = new Map<string, number>();
  let allFromMs = Number.NEGATIVE_INFINITY;
  let lastPlaceMs = 0;
  for (const log of await knownLogs(sql)) {
    const timeAt = async (seq: number): Promise<number> => {
      const [record] = await recordsBetween(sql, log, seq, seq);
      return record === undefined ? 0 : timeOf(record.payload);
    };
    const place = Math.min(places.get(log.relay) ?? 0, log.last);
    const least = Math.max(log.first - 1, place - mostReadAgain);
    const placeMs = await timeAt(place);
    const fromMs = placeMs - lengthMs;
    lastPlaceMs = Math.max(lastPlaceMs, placeMs);
    let at = place;
    while (at > least && (await timeAt(at)) > fromMs) at = Math.max(least, at - readAgainAtOnce);
    before.set(log.relay, at);
    if (at < place) allFromMs = Math.max(allFromMs, await timeAt(at + 1));
  }
  const fromMs = Number.isFinite(allFromMs) ? allFromMs : Number.POSITIVE_INFINITY;
  return { places: before, fromMs, placeMs: lastPlaceMs };
}

async function lookAtAll(again: LookAgain, logs: MergedLogs): Promise<void> {
  for (let records = await logs.next(batch); records.length > 0; records = await logs.next(batch))
    for (const { seq, payload } of records) again.observe(seq, payload);
}
