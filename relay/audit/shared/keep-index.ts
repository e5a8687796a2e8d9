import { createHash } from 'node:crypto';
import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { createSharedRevealer } from '../keys/shared-revealer.ts';
import { type BuiltSegment, buildSegment } from '../reading/build-segment.ts';
import { firstSeqOf, segmentOf, segmentVersion } from '../reading/segment.ts';
import { readTermKey, type TermKey } from './hidden-terms.ts';
import { termsOfSegment } from './index-terms.ts';
import { datesOf, type KnownLog, knownLogs, recordsBetween } from './stored-records.ts';

/** So many decisions are remembered that have no outcome yet; of those forgotten, the outcome isn't found. */
const maxOpen = 200_000;
const segmentsLookedBack = 300;

/** Makes the index of one relay's records in PostgreSQL, segment by segment, behind the records. */
export interface IndexKeeper {
  /** Indexes one segment; false when none is whole that isn't indexed. */
  step(): Promise<boolean>;
  /** Makes one segment anew that names somebody whose key was thrown away since; false when there is none. */
  renew(): Promise<boolean>;
  /** Makes one segment anew that an older relay made; false when there is none. */
  update(): Promise<boolean>;
  /** Makes one segment anew in which names aren't hidden as they are now; false when there is none. */
  hide(): Promise<boolean>;
}

/** @param relay whose records are indexed: each relay does so with its own */
export function createIndexKeeper(sql: Sql, relay: string): IndexKeeper {
  const revealer = createSharedRevealer(sql);
  let open: Map<string, number> | undefined;
  let renewedFor = -1;
  let hiddenFor: string | undefined;
  let isUpdated = false;

  const openDecisions = async (before: number): Promise<Map<string, number>> => {
    const { rows } = await sql.query(
      'SELECT open FROM audit_segment WHERE relay = $1 AND segment BETWEEN $2 AND $3 ORDER BY segment',
      [relay, before - segmentsLookedBack, before - 1],
    );
    return new Map(rows.flatMap((row) => JSON.parse(String(row['open'])) as [string, number][]));
  };
  const build = async (log: KnownLog, number: number, known: Map<string, number>): Promise<KeptSegment> => {
    // Before any record is read: what is thrown away meanwhile counts as thrown away later.
    const erasures = await revealer.erasures();
    const records = await recordsBetween(sql, log, firstSeqOf(number), firstSeqOf(number + 1) - 1);
    await revealer.prepare(records.map(({ payload }) => payload));
    const hashOf = (seq: number): string =>
      createHash('sha256')
        .update(records.find((record) => record.seq === seq)?.payload ?? '')
        .digest('hex');
    const findOpen = (requestId: string): number | null => {
      const decision = known.get(requestId) ?? null;
      known.delete(requestId);
      return decision;
    };
    const built = buildSegment(number, records, hashOf, findOpen, {
      reveal: (line, took) => revealer.reveal(line, took),
      erasures,
    });
    return { ...built, day: dayOfSegment(log, number), key: await readTermKey(sql) };
  };
  const buildAnew = async (log: KnownLog, number: number): Promise<void> => {
    const built = await build(log, number, await openDecisions(number));
    await sql.query('BEGIN');
    try {
      for (const table of ['audit_term', 'audit_segment'])
        await sql.query(`DELETE FROM ${table} WHERE relay = $1 AND segment = $2`, [relay, number]);
      await sql.query(
        `WITH moved AS (SELECT relay FROM audit_relay WHERE relay = $1), ${segmentRows}`,
        valuesOf(relay, number, built),
      );
      await sql.query('COMMIT');
    } catch (error) {
      await sql.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  };

  return {
    async step() {
      const [log] = await knownLogs(sql, relay);
      if (log === undefined || log.days.length === 0) return false;
      const number = Math.max(log.indexedTo + 1, segmentOf(log.first));
      const last = firstSeqOf(number + 1) - 1;
      if (last > log.last) return false;
      const known = (open ??= await openDecisions(number));
      const built = await build(log, number, known);
      for (const [requestId, seq] of built.head.open) known.set(requestId, seq);
      for (const oldest of known.keys()) {
        if (known.size <= maxOpen) break;
        known.delete(oldest);
      }
      // One statement: the index and how far it goes, or neither.
      const { rowCount } = await sql.query(
        `WITH moved AS (
           UPDATE audit_relay SET indexed_to = $2 WHERE relay = $1 AND indexed_to = $11 RETURNING relay
         ), ${segmentRows}`,
        [...valuesOf(relay, number, built), log.indexedTo],
      );
      // Another process of this relay was quicker; its decisions without an outcome are read anew.
      if (rowCount === 0) open = undefined;
      return true;
    },

    async renew() {
      const erasures = await revealer.erasures();
      if (erasures === renewedFor) return false;
      const { rows } = await sql.query(
        `SELECT audit_segment.segment FROM audit_erased
         JOIN audit_term ON term = 'key:' || audit_erased.id AND audit_term.relay = $1
         JOIN audit_segment USING (relay, segment, day)
         WHERE number > coalesce((head::json ->> 'erasures')::bigint, 0) ORDER BY 1 LIMIT 1`,
        [relay],
      );
      const [log] = await knownLogs(sql, relay);
      const [stale] = rows;
      if (stale === undefined || log === undefined) {
        renewedFor = erasures;
        return false;
      }
      await buildAnew(log, Number(stale['segment']));
      return true;
    },

    async update() {
      if (isUpdated) return false;
      const [log] = await knownLogs(sql, relay);
      const { rows } = await sql.query(
        `SELECT segment FROM audit_segment WHERE relay = $1 AND segment >= $2
           AND coalesce((head::json ->> 'version')::int, 0) < $3 ORDER BY segment DESC LIMIT 1`,
        [relay, segmentOf(log?.first ?? 1), segmentVersion],
      );
      const [old] = rows;
      if (old === undefined || log === undefined) {
        isUpdated = true;
        return false;
      }
      await buildAnew(log, Number(old['segment']));
      return true;
    },

    async hide() {
      const key = await readTermKey(sql);
      if (key === null || key.id === hiddenFor) return false;
      const [log] = await knownLogs(sql, relay);
      const { rows } = await sql.query(
        `SELECT segment FROM audit_segment WHERE relay = $1 AND segment >= $2
           AND head::json ->> 'hidden' IS DISTINCT FROM $3 ORDER BY 1 LIMIT 1`,
        [relay, segmentOf(log?.first ?? 1), key.id],
      );
      const [plain] = rows;
      if (plain === undefined || log === undefined) {
        hiddenFor = key.id;
        return false;
      }
      await buildAnew(log, Number(plain['segment']));
      return true;
    },
  };
}

/** The index of a segment for the relay in `moved`. */
const segmentRows = `segment AS (
  INSERT INTO audit_segment (relay, segment, day, head, open, outcomes)
  SELECT relay, $2, $3::date, $4, $5, $6 FROM moved
)
INSERT INTO audit_term (term, relay, segment, day, posting)
SELECT one.term, moved.relay, $2, $3::date, substr($8::bytea, one.start, one.length)
FROM moved, unnest($7::text[], $9::int[], $10::int[]) AS one (term, start, length)`;

interface KeptSegment extends BuiltSegment {
  readonly day: string;
  /** What names in it are hidden with. */
  readonly key: TermKey | null;
}

function valuesOf(relay: string, number: number, built: KeptSegment): readonly unknown[] {
  const { open, ...head } = built.head;
  const { day, key } = built;
  const terms = [...termsOfSegment(built, key)];
  const postings = Buffer.concat(terms.map(([, posting]) => posting));
  const lengths = terms.map(([, posting]) => posting.length);
  let at = 1;
  const starts = lengths.map((length) => (at += length) - length);
  return [
    relay,
    number,
    day,
    JSON.stringify({ ...head, ...(key === null ? {} : { hidden: key.id }) }),
    JSON.stringify(open),
    built.body.subarray(head.outcomes),
    terms.map(([term]) => term),
    postings,
    starts,
    lengths,
  ];
}

function dayOfSegment(log: KnownLog, number: number): string {
  const last = firstSeqOf(number + 1) - 1;
  const [, day] = datesOf(log, last, last);
  return day;
}
