import type { DatabaseSync } from 'node:sqlite';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { digestOf, isPlaceIn } from '../reports/audit-place.ts';
import { type AuditReader, openAuditReader } from '../reports/audit-reader.ts';
import { openUsage } from '../reports/open-usage.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { type Finding, numbered, withoutAddress } from './finding.ts';
import { History, type Seen, type Trait } from './history.ts';
import { earlierPlace, lookAgain, lookBackMs, toldBetween } from './look-again.ts';
import { createLineDetector } from './observe-lines.ts';

/** Follows the audit and looks for what is out of the ordinary. Synchronous; after a throw it must be closed. */
export interface Watch {
  /** Looks at the next records, at first at those whose like the rules still count; false when there were none. */
  step(): boolean;
  /** Findings that aren't known to be in the audit yet, oldest first. Ask only at the end of the audit. */
  unrecorded(): readonly Finding[];
  /** Notes that a finding is in the audit. */
  recorded(id: string): void;
  /** Takes the address out of findings about nobody that are older than a time. */
  forgetAddresses(beforeMs: number): void;
  /** Other thresholds from now on; what was counted stays. */
  replace(settings: AnomaliesConfig): void;
  close(): void;
}

const batch = 10_000;
/** What is older when it is read is only learned from: nobody could act on it. */
const freshMs = 24 * 3_600_000;

/**
 * Opens the watch of a data folder. Its place in the audit, what it knows of people and what it finds are written in one
 * transaction: each record is looked at once.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export function openWatch(dataDir: string, first: AnomaliesConfig, now: () => number = Date.now): Watch {
  const reader = openAuditReader(dataDir);
  const database = openUsage(dataDir);
  database.exec('PRAGMA secure_delete = ON');
  const place = placeIn(database, reader);
  const before = earlierPlace(reader, place, lookBackMs(first));
  // What was new within that time is so for the rules, too, when they come to it again.
  const isLate = ({ firstMs }: Seen): boolean => firstMs >= before.fromMs;
  const history = new History(seenIn(database, now(), (seen) => !isLate(seen)));
  const detector = createLineDetector(first, history);
  const again = lookAgain(detector, findingsIn(database, toldBetween(first, before.placeMs)));
  const keep = writer(database);

  let lookedAgainTo = before.seq;
  /** Looks at what the one before had seen within the minutes of a rule; false when that was all. */
  const stepAgain = (): boolean => {
    if (lookedAgainTo >= place) return false;
    const records = reader.after(lookedAgainTo, Math.min(batch, place - lookedAgainTo));
    for (const { seq, payload } of records) again.observe(seq, payload);
    lookedAgainTo = records.at(-1)?.seq ?? place;
    if (lookedAgainTo < place) return true;
    // All of it is kept already.
    history.learn(seenIn(database, now(), isLate));
    history.takeChanged();
    return true;
  };
  return {
    step: () =>
      stepAgain() ||
      inTransaction(database, () => {
        const seq = placeIn(database, reader);
        const records = reader.after(seq, batch);
        const last = records.at(-1);
        if (last === undefined) return false;
        const freshFromMs = now() - freshMs;
        for (const { seq: number, payload } of records) {
          const observed = detector.observe(payload);
          if (observed === null) continue;
          const { record, found } = observed;
          if (record.type === 'anomaly') keep.recorded(record.id);
          for (const one of found) if (one.timeMs >= freshFromMs) keep.finding(numbered(one, number));
        }
        keep.history(history);
        database.prepare('UPDATE watched SET seq = ?, digest = ?').run(last.seq, digestOf(last));
        return true;
      }),
    unrecorded: () =>
      database
        .prepare('SELECT record FROM finding WHERE recorded = 0 ORDER BY time_ms')
        .all()
        .map((row) => JSON.parse(String(row['record'])) as Finding),
    recorded: (id) => keep.recorded(id),
    forgetAddresses: (beforeMs) => inTransaction(database, () => keep.forgetAddresses(beforeMs)),
    replace: (settings) => detector.replace(settings),
    close() {
      database.close();
      reader.close();
    },
  };
}

function placeIn(database: DatabaseSync, reader: AuditReader): number {
  const row = database.prepare('SELECT seq, digest FROM watched').get();
  const place = { seq: Number(row?.['seq'] ?? 0), digest: (row?.['digest'] ?? new Uint8Array()) as Uint8Array };
  return isPlaceIn(reader, place) ? place.seq : 0;
}

/** Newest first. */
function findingsIn(
  database: DatabaseSync,
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): readonly Finding[] {
  return database
    .prepare('SELECT record FROM finding WHERE time_ms BETWEEN ? AND ? ORDER BY time_ms DESC')
    .all(sinceMs, untilMs)
    .map((row) => JSON.parse(String(row['record'])) as Finding);
}

function* seenIn(database: DatabaseSync, nowMs: number, isWanted: (seen: Seen) => boolean): Iterable<Seen> {
  for (const row of database.prepare('SELECT person, trait, value, first_ms, last_ms FROM seen').iterate()) {
    const lastMs = Number(row['last_ms']);
    if (History.isForgotten({ lastMs }, nowMs)) continue;
    const [person, trait, value] = [String(row['person']), String(row['trait']) as Trait, String(row['value'])];
    const seen: Seen = { person, trait, value, firstMs: Number(row['first_ms']), lastMs };
    if (isWanted(seen)) yield seen;
  }
}

interface Writer {
  finding(finding: Finding): void;
  recorded(id: string): void;
  history(history: History): void;
  forgetAddresses(beforeMs: number): void;
}

function writer(database: DatabaseSync): Writer {
  const addFinding = database.prepare(
    'INSERT INTO finding (id, time_ms, record, recorded) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING',
  );
  const markRecorded = database.prepare('UPDATE finding SET recorded = 1 WHERE id = ?');
  const aboutNobody = database.prepare(
    `SELECT record FROM finding WHERE recorded = 1 AND time_ms < ? AND record ->> '$.person' IS NULL
       AND record ->> '$.remoteAddress' <> ''`,
  );
  const change = database.prepare('UPDATE finding SET record = ? WHERE id = ?');
  const see = database.prepare(
    `INSERT INTO seen (person, trait, value, first_ms, last_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET first_ms = excluded.first_ms, last_ms = excluded.last_ms`,
  );
  return {
    finding: (finding) => void addFinding.run(finding.id, finding.timeMs, JSON.stringify(finding)),
    recorded: (id) => void markRecorded.run(id),
    forgetAddresses(beforeMs) {
      for (const row of aboutNobody.all(beforeMs)) {
        const finding = JSON.parse(String(row['record'])) as Finding;
        change.run(JSON.stringify(withoutAddress(finding)), finding.id);
      }
    },
    history(history) {
      for (const { person, trait, value, firstMs, lastMs } of history.takeChanged())
        see.run(person, trait, value, firstMs, lastMs);
    },
  };
}
