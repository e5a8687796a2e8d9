import { createHash } from 'node:crypto';
import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { buildSegment } from '../reading/build-segment.ts';
import { firstSeqOf, segmentOf } from '../reading/segment.ts';
import { termsOfSegment } from './index-terms.ts';
import { datesOf, knownLogs, recordsBetween } from './stored-records.ts';

/** So many decisions are remembered that have no outcome yet; of those forgotten, the outcome isn't found. */
const maxOpen = 200_000;
const segmentsLookedBack = 300;

/** Makes the index of one relay's records in PostgreSQL, segment by segment, behind the records. */
export interface IndexKeeper {
  /** Indexes one segment; false when none is whole that isn't indexed. */
  step(): Promise<boolean>;
}

/** @param relay whose records are indexed: each relay does so with its own */
export function createIndexKeeper(sql: Sql, relay: string): IndexKeeper {
  let open: Map<string, number> | undefined;

  const openDecisions = async (before: number): Promise<Map<string, number>> => {
    const { rows } = await sql.query(
      'SELECT open FROM audit_segment WHERE relay = $1 AND segment BETWEEN $2 AND $3 ORDER BY segment',
      [relay, before - segmentsLookedBack, before - 1],
    );
    return new Map(rows.flatMap((row) => JSON.parse(String(row['open'])) as [string, number][]));
  };

  return {
    async step() {
      const [log] = await knownLogs(sql, relay);
      if (log === undefined || log.days.length === 0) return false;
      const number = Math.max(log.indexedTo + 1, segmentOf(log.first));
      const last = firstSeqOf(number + 1) - 1;
      if (last > log.last) return false;
      const records = await recordsBetween(sql, log, firstSeqOf(number), last);
      const known = (open ??= await openDecisions(number));
      const hashOf = (seq: number): string =>
        createHash('sha256')
          .update(records.find((record) => record.seq === seq)?.payload ?? '')
          .digest('hex');
      const built = buildSegment(number, records, hashOf, (requestId) => {
        const decision = known.get(requestId) ?? null;
        known.delete(requestId);
        return decision;
      });
      const { open: opened, ...head } = built.head;
      for (const [requestId, seq] of opened) known.set(requestId, seq);
      for (const oldest of known.keys()) {
        if (known.size <= maxOpen) break;
        known.delete(oldest);
      }
      const terms = [...termsOfSegment(built)];
      const postings = Buffer.concat(terms.map(([, posting]) => posting));
      const lengths = terms.map(([, posting]) => posting.length);
      let at = 1;
      const starts = lengths.map((length) => (at += length) - length);
      const [, day] = datesOf(log, last, last);
      // One statement: the index and how far it goes, or neither.
      const { rowCount } = await sql.query(
        `WITH moved AS (
           UPDATE audit_relay SET indexed_to = $2 WHERE relay = $1 AND indexed_to = $3 RETURNING relay
         ), segment AS (
           INSERT INTO audit_segment (relay, segment, day, head, open, outcomes)
           SELECT relay, $2, $4::date, $5, $6, $7 FROM moved
         )
         INSERT INTO audit_term (term, relay, segment, day, posting)
         SELECT one.term, moved.relay, $2, $4::date, substr($9::bytea, one.start, one.length)
         FROM moved, unnest($8::text[], $10::int[], $11::int[]) AS one (term, start, length)`,
        [
          relay,
          number,
          log.indexedTo,
          day,
          JSON.stringify(head),
          JSON.stringify(opened),
          built.body.subarray(head.outcomes),
          terms.map(([term]) => term),
          postings,
          starts,
          lengths,
        ],
      );
      // Another process of this relay was quicker; its decisions without an outcome are read anew.
      if (rowCount === 0) open = undefined;
      return true;
    },
  };
}
