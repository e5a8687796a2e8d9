import { AccessError } from '../../shared/errors.ts';
import { digestOf, isPlaceIn } from './audit-place.ts';
import { type AuditReader, openAuditReader, type StoredRecord } from './audit-reader.ts';
import { type Counts, countRecords, hourOf } from './count-records.ts';
import type { Counted, UsageStore } from './usage-store.ts';

const defaultBatch = 20_000;
const everything = Number.MIN_SAFE_INTEGER;

/**
 * Counts what the audit of a folder holds behind the last record that was counted. Each batch is added together with the
 * place where it ends, so that each record counts once, whatever process does it and whenever it ends.
 * @param isEnough asked after each batch: the rest is then left to whoever counts next
 * @throws AccessError `bad-input` when the folder holds no audit, `bad-config` when relays that share the counts have one id.
 */
export async function catchUp(
  dataDir: string,
  usage: UsageStore,
  batch = defaultBatch,
  isEnough: () => boolean = () => false,
): Promise<Counted> {
  const reader = openAuditReader(dataDir);
  try {
    for (;;) {
      const known = await usage.counted();
      const before = placeInAudit(known, reader, usage.relay);
      const records = reader.after(before.seq, batch);
      const [here] = records;
      if (here === undefined) return before;
      // What the folder hasn't got (any more), such as one without a lasting disk, may have been shipped.
      const isGap = here.seq > before.seq + 1;
      const shipped = isGap ? await usage.kept?.(before.seq, here.seq - 1, batch) : undefined;
      const next = shipped === undefined || shipped.length === 0 ? records : shipped;
      const [first = here, last = here] = [next[0], next.at(-1)];
      const to: Counted = {
        seq: last.seq,
        digest: digestOf(last),
        outlived: before.outlived,
        missed: before.missed + (first.seq - before.seq - 1),
      };
      const isAdded = await usage.add(known, [countRecords(payloadsOf(next))], to);
      if (isAdded && ((next === records && records.length < batch) || isEnough())) return to;
    }
  } finally {
    reader.close();
  }
}

/**
 * Counts the whole audit anew, and keeps the counts of hours that it doesn't hold whole any more. Who reads meanwhile sees
 * the old counts.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export async function rebuildUsage(dataDir: string, usage: UsageStore, batch = defaultBatch): Promise<Counted> {
  for (;;) {
    const counted = await catchUp(dataDir, usage, batch);
    const reader = openAuditReader(dataDir);
    try {
      const { first } = reader.range();
      const oldest = reader.at(first);
      const isCut = counted.outlived || first > 1;
      const keepUpTo = isCut && oldest !== undefined ? hourOf(timeOf(oldest)) : everything;
      if (await usage.replace(counted, keepUpTo, countsIn(reader, counted.seq, keepUpTo, batch))) return counted;
    } finally {
      reader.close();
    }
  }
}

function* countsIn(reader: AuditReader, upTo: number, skipUpToHour: number, batch: number): Iterable<Counts> {
  for (let seq = 0; ;) {
    const records = reader.after(seq, batch);
    const wanted = records.filter((record) => record.seq <= upTo);
    yield countRecords(payloadsOf(wanted), skipUpToHour);
    if (wanted.length < batch) return;
    seq = records.at(-1)?.seq ?? seq;
  }
}

/**
 * Where counting goes on: at the start when another audit is in the folder now, because the old one was moved away. Under
 * the id of a relay there is only one audit: two relays that have the same one would count all of theirs in turns.
 */
function placeInAudit(known: Counted, reader: AuditReader, relay: string | undefined): Counted {
  if (isPlaceIn(reader, known)) return known;
  if (relay !== undefined)
    throw new AccessError(
      'bad-config',
      `Another audit than this one is counted as the relay “${relay}”: two relays have this id, or the data folder was replaced or put back to an earlier state. Give this relay another relay.id.`,
    );
  return { seq: 0, digest: new Uint8Array(), outlived: true, missed: known.missed };
}

function* payloadsOf(records: readonly StoredRecord[]): Iterable<string> {
  for (const { payload } of records) yield payload;
}

function timeOf({ payload }: StoredRecord): number {
  return (JSON.parse(payload) as { readonly timeMs: number }).timeMs;
}
