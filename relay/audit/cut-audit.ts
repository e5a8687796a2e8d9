import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { auditLine } from './audit-line.ts';
import { storedTree } from './tree/stored-tree.ts';
import { rangeHash, subtreesOf } from './tree/subtrees.ts';
import { cutStatement } from './cut-statement.ts';
import { recordsToCut, type DaySegment } from './retention/day-segments.ts';

/** So few at a time that a request waits a few milliseconds for them at most. */
const recordsAtOnce = 500;
const pagesAtOnce = 64;
/** Free pages are used for new records; the file gets shorter when they are more than this share of it. */
const freeShare = 0.2;

/** What the audit needs to get rid of old days, in steps that hold nobody up. */
export interface Retention {
  /**
   * Answers the line of the record that has to be written before anything goes, and with it in one transaction `note`
   * is called; undefined when nothing is old enough.
   */
  plan(nowMs: number): { readonly line: string; readonly size: number; note(recordSeq: number): void } | undefined;
  /** Takes some of what was cut out of the file, or some of the file's end; false when nothing is left to do. */
  step(): boolean;
}

/** `shippedUpTo` answers the last record that everybody has who the audit is sent to; later ones stay. */
export function createRetention(
  database: DatabaseSync,
  key: () => KeyObject,
  { keepDays, shippedUpTo }: { readonly keepDays: number; readonly shippedUpTo: () => number },
): Retention {
  const cutSize = (): number => Number(database.prepare('SELECT max(size) AS size FROM cut').get()?.['size'] ?? 0);
  return {
    plan(nowMs) {
      const segments = readSegments(database);
      const old = recordsToCut(segments, nowMs, keepDays);
      if (old <= cutSize()) return undefined;
      const shipped = shippedUpTo();
      const size = Math.max(
        0,
        ...segments.map(({ firstSeq }) => firstSeq - 1).filter((end) => end <= old && end <= shipped),
      );
      if (size <= cutSize()) return undefined;
      const hashOf = storedTree(database);
      const hashes = subtreesOf(0, size).map((subtree) => ({ ...subtree, hash: hashOf(subtree) }));
      const root = Buffer.from(rangeHash(0, size, hashOf));
      const detail = cutStatement({ size, root, keepDays }, key());
      return {
        line: auditLine({ type: 'relay', timeMs: nowMs, event: 'audit-cut', detail }),
        size,
        note(recordSeq) {
          const keep = database.prepare('INSERT OR REPLACE INTO tree (level, number, hash) VALUES (?, ?, ?)');
          for (const { level, index, hash } of hashes) keep.run(level, index, hash);
          database.prepare('INSERT INTO cut (size, record) VALUES (?, ?)').run(size, recordSeq);
          database.prepare('DELETE FROM note WHERE seq < ?').run(size);
          database.prepare('DELETE FROM segment WHERE first_seq <= ?').run(size);
        },
      };
    },
    step() {
      // What is lost of it in a crash is done again, so nobody need wait for the disk; the next record flushes it, too.
      database.exec('PRAGMA synchronous = NORMAL');
      try {
        return deleteSome(database, cutSize()) || shorten(database);
      } finally {
        database.exec('PRAGMA synchronous = FULL');
      }
    },
  };
}

function deleteSome(database: DatabaseSync, size: number): boolean {
  const first = Number(database.prepare('SELECT min(seq) AS seq FROM audit').get()?.['seq'] ?? 0);
  if (first > size) return false;
  database.prepare('DELETE FROM audit WHERE seq <= ?').run(Math.min(size, first + recordsAtOnce - 1));
  return true;
}

/** False when the file needn't get shorter, or can't: that of an earlier version uses its free pages for new records. */
function shorten(database: DatabaseSync): boolean {
  const before = pragma(database, 'page_count');
  if (pragma(database, 'freelist_count') < freeShare * before) return false;
  database.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
  return pragma(database, 'page_count') < before;
}

export function readSegments(database: DatabaseSync): DaySegment[] {
  return database
    .prepare('SELECT first_seq, day FROM segment ORDER BY first_seq')
    .all()
    .map((row) => ({ firstSeq: Number(row['first_seq']), day: Number(row['day']) }));
}

function pragma(database: DatabaseSync, name: 'freelist_count' | 'page_count'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
