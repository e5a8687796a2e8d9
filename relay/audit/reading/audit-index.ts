import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { auditFiles } from '../audit-files.ts';
import type { Revealer } from '../keys/revealer.ts';
import { type BuiltSegment, buildSegment, segmentInMemory } from './build-segment.ts';
import { firstSeq, lastSeq, recordsBetween } from '../open-audit.ts';
import {
  firstSeqOf,
  readSegment,
  type Segment,
  type SegmentHead,
  segmentOf,
  segmentRecords,
  segmentVersion,
} from './segment.ts';

/**
 * The index of an audit: a file for each 32,768 records, made from them once they are all there and never changed. It
 * is no record: whatever is missing, damaged or of another chain is made again from the records.
 */
export interface AuditIndex {
  /** First and last segment that has records; `null` for an empty audit. Fixed when the index is opened. */
  readonly range: { readonly first: number; readonly last: number } | null;
  /** The last record when the index was opened. */
  readonly lastSeq: number;
  /** From its file, which is made where the audit is this user's own, or else from the records in memory. */
  segment(number: number): Segment;
  /** Makes the file of a segment. @throws the file system's error */
  write(number: number): void;
  /** Deletes what stands of records that were cut: a file holds names and paths, too. */
  dropCut(): void;
  /** Deletes what was made of fields whose key has been thrown away since; how many files. */
  dropErased(): number;
  /** The first whole segment without a file, from a given one on. */
  nextMissing(from?: number): number | null;
}

const maxHeadBytes = 65_536;

/** Opens the index of the audit in a data folder, as far as the database goes now. */
export function openIndex(
  dataDir: string,
  database: DatabaseSync,
  revealer: Pick<Revealer, 'reveal' | 'erasures' | 'erasedSince'>,
): AuditIndex {
  const folder = auditFiles(dataDir).index;
  const first = firstSeq(database);
  const last = lastSeq(database);
  const range = last === 0 ? null : { first: segmentOf(first), last: segmentOf(last) };
  const payloads = database.prepare('SELECT payload FROM audit WHERE seq = ?');
  const hashOf = (seq: number): string =>
    createHash('sha256')
      .update(String(payloads.get(seq)?.['payload']))
      .digest('hex');
  const pathOf = (number: number): string => join(folder, `${String(number).padStart(8, '0')}.idx`);
  // What another user makes in the folder, the relay could neither read nor replace.
  const isOwn = process.getuid === undefined || process.getuid() === statSync(auditFiles(dataDir).database).uid;
  const isWhole = (number: number): boolean => firstSeqOf(number + 1) - 1 <= last;

  const openFile = (number: number): Segment | null => {
    const segment = isWhole(number) ? openSegmentFile(pathOf(number)) : null;
    if (segment === null) return null;
    const { head } = segment;
    const isOfThese = head.segment === number && head.first === Math.max(first, firstSeqOf(number));
    if (isOfThese && head.last >= head.first && head.hash === hashOf(head.last) && !hasErased(segment)) return segment;
    segment.close();
    return null;
  };
  const erasures = revealer.erasures();
  const erasedSince = new Map<number, readonly string[]>();
  /** Whether a file was made while there was a key that has been thrown away since, and of fields under that key. */
  const hasErased = (segment: Segment): boolean => {
    const known = segment.head.erasures ?? 0;
    if (known === erasures) return false;
    let erased = erasedSince.get(known);
    if (erased === undefined) erasedSince.set(known, (erased = revealer.erasedSince(known)));
    return erased.some((key) => segment.find('key', key) !== null);
  };

  let kept: { readonly number: number; readonly segment: Segment } | undefined;
  const build = (number: number): BuiltSegment => {
    const from = firstSeqOf(number);
    const records = recordsBetween(database, from, Math.min(last, from + segmentRecords - 1));
    // Before any record is read: what is thrown away meanwhile counts as thrown away later.
    const known = { reveal: revealer.reveal, erasures: revealer.erasures() };
    return buildSegment(number, records, hashOf, (requestId) => findOpen(requestId, number), known);
  };
  /** Decisions wait for their outcome in the segments before; those of long streams for many segments. */
  const opens = new Map<number, ReadonlyMap<string, number>>();
  const findOpen = (requestId: string, before: number): number | null => {
    for (let number = before - 1; range !== null && number >= range.first; number -= 1) {
      let open = opens.get(number);
      if (open === undefined) {
        const segment = index.segment(number);
        open = new Map(segment.head.open);
        segment.close();
        opens.set(number, open);
      }
      const found = open.get(requestId);
      if (found !== undefined) return found;
    }
    return null;
  };

  const writeAndOpen = (number: number): Segment | null => {
    try {
      index.write(number);
    } catch {
      // A full disk, for one: reading takes longer, and works.
      return null;
    }
    return openFile(number);
  };

  const index: AuditIndex = {
    range,
    lastSeq: last,
    segment(number) {
      const stored = openFile(number) ?? (isOwn && isWhole(number) ? writeAndOpen(number) : null);
      if (stored !== null) return stored;
      if (kept?.number !== number) kept = { number, segment: segmentInMemory(build(number)) };
      return kept.segment;
    },
    write(number) {
      // Whoever may read the audit may read its index; what is above the nine bits is the folder's own.
      const mode = statSync(auditFiles(dataDir).database).mode & 0o777;
      if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined && (mode & 0o040) !== 0)
        chmodSync(folder, (statSync(folder).mode & 0o7000) | 0o750);
      const path = pathOf(number);
      const unfinished = `${path}.${process.pid}`;
      const { head, body } = build(number);
      try {
        writeFileSync(unfinished, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]), {
          mode: 0o600,
        });
        chmodSync(unfinished, mode);
        renameSync(unfinished, path);
      } finally {
        rmSync(unfinished, { force: true });
      }
    },
    dropCut() {
      if (range === null || first === 1 || !existsSync(folder)) return;
      for (const name of readdirSync(folder)) {
        const number = Number(/^(\d{8})\.idx/.exec(name)?.[1] ?? NaN);
        if (Number.isNaN(number) || number > range.first) continue;
        const segment = number < range.first ? null : openFile(number);
        if (segment === null) rmSync(join(folder, name), { force: true });
        segment?.close();
      }
    },
    dropErased() {
      if (erasures === 0 || !existsSync(folder)) return 0;
      let dropped = 0;
      for (const name of readdirSync(folder)) {
        const segment = openSegmentFile(join(folder, name));
        const isStale = segment !== null && hasErased(segment);
        segment?.close();
        if (!isStale) continue;
        rmSync(join(folder, name), { force: true });
        dropped += 1;
      }
      return dropped;
    },
    nextMissing(from = range?.first ?? 0) {
      for (let number = from; range !== null && number <= range.last && isWhole(number); number += 1) {
        const segment = openFile(number);
        if (segment === null) return number;
        segment.close();
      }
      return null;
    },
  };
  return index;
}

function openSegmentFile(path: string): Segment | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // Not made yet, or not for this user: the records themselves are read.
    return null;
  }
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  try {
    const { head, bodyStart, size } = readHead(file);
    if (head.version === segmentVersion && bodyStart + head.outcomes + segmentRecords * 2 === size) {
      return readSegment(head, (start, length) => readBytes(file, bodyStart + start, length), close);
    }
  } catch {
    // Damaged: as if it weren't there.
  }
  close();
  return null;
}

function readHead(file: number): { readonly head: SegmentHead; readonly bodyStart: number; readonly size: number } {
  let bytes = readBytes(file, 0, maxHeadBytes);
  const { size } = fstatSync(file);
  let end = bytes.indexOf(10);
  while (end === -1 && bytes.length < size) {
    bytes = readBytes(file, 0, bytes.length * 4);
    end = bytes.indexOf(10);
  }
  return { head: JSON.parse(bytes.toString('utf8', 0, end)) as SegmentHead, bodyStart: end + 1, size };
}

function readBytes(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, start));
}
