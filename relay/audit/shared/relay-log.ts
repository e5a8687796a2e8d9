import type { DaySegment } from '../retention/day-segments.ts';
import { hasKey, parseLogKeys } from '../log-keys.ts';
import { createTreeEdge, type TreeEdge } from '../tree/tree-edge.ts';
import { leafHash } from '../tree/tree-hash.ts';
import { makeDays } from './partitions.ts';
import { dateOf, dayOf, splitHashes } from './dates.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';

/** The log in PostgreSQL isn't this relay's, or isn't where this relay left it: nothing may be written behind it. */
export class ForeignLogError extends Error {}

/** One relay's log as PostgreSQL has it. Every function throws what PostgreSQL throws; the log must then be opened anew. */
export interface RelayLog {
  /** Number of the last record. */
  readonly size: number;
  /** Its verifier keys, as PostgreSQL has them: the line of the first one, and how each that followed took over. */
  readonly verifierKey: string;
  /** Hash of the last record's leaf; null before the first. */
  readonly lastHash: Buffer | null;
  /** Its newest day; undefined before the first record. */
  readonly newest: DaySegment | undefined;
  /** Root of the tree over all records. */
  root(): Buffer;
  /** Hashes of the complete subtrees that the tree consists of. */
  edge(): readonly Uint8Array[];
  /** Writes records of one day behind those that are there, all or none. @throws ForeignLogError when there are others */
  append(
    lines: readonly string[],
    day: number,
    cut?: { readonly size: number; readonly detail: string },
  ): Promise<void>;
  /** The same with records that are hashed already, in one piece. */
  appendHashed(
    records: HashedRecords,
    day: number,
    cut?: { readonly size: number; readonly detail: string },
  ): Promise<void>;
  /** Goes on from a later record: those before it aren't to be had any more. */
  skipTo(size: number, edge: readonly Uint8Array[]): Promise<void>;
  /** Knows keys that took over from those known so far. @throws ForeignLogError when they are another log’s */
  keepKeys(verifierKey: string): Promise<void>;
  /** Keeps checkpoints; those that are there stay as they are. */
  keepNotes(notes: readonly SignedSize[]): Promise<void>;
}

/** Records behind those of a log, with what the log is then. */
export interface HashedRecords {
  readonly count: number;
  /** Each in one line, in UTF-8, with a line feed between them. */
  readonly lines: string | Buffer;
  /** Of the leaves, 32 bytes each. */
  readonly hashes: Buffer;
  /** Hashes of the complete subtrees of all that there is with them. */
  readonly edge: readonly Uint8Array[];
}

/** A checkpoint; with it, where the log is nowhere else, the edge of the tree that it is the root of. */
export interface SignedSize {
  readonly size: number;
  readonly note: string;
  readonly edge?: readonly Uint8Array[];
}

/**
 * Opens the log of a relay, or begins it.
 * @throws ForeignLogError when another key signs the log of this name
 */
export async function openRelayLog(
  sql: Sql,
  { relay, verifierKey }: { readonly relay: string; readonly verifierKey: string },
): Promise<RelayLog> {
  await sql.query(
    `INSERT INTO audit_relay (relay, verifier_key, size, edge) VALUES ($1, $2, 0, '') ON CONFLICT DO NOTHING`,
    [relay, verifierKey],
  );
  const found = await sql.query('SELECT verifier_key, size, edge, last_hash FROM audit_relay WHERE relay = $1', [
    relay,
  ]);
  const [row] = found.rows;
  const days = await sql.query(
    'SELECT first_seq, day::text AS day FROM audit_day WHERE relay = $1 ORDER BY first_seq DESC LIMIT 1',
    [relay],
  );
  const [day] = days.rows;
  const log = new PostgresRelayLog(sql, relay, {
    verifierKey: String(row?.['verifier_key']),
    edge: createTreeEdge(Number(row?.['size']), splitHashes(row?.['edge'] as Buffer)),
    lastHash: row?.['last_hash'] as Buffer | null,
    newest: day === undefined ? undefined : { firstSeq: Number(day['first_seq']), day: dayOf(String(day['day'])) },
  });
  await log.keepKeys(verifierKey);
  return log;
}

// The row of the relay moves on only from where this process knows it to be, in one statement with the records: of two
// that write under one id, one fails; and what was written when an answer got lost is never written twice.
const appendStatement = `
  WITH moved AS (
    UPDATE audit_relay SET size = $3::bigint, edge = $4, last_hash = $5, written_at = now(),
      cut_size = coalesce($10::bigint, cut_size), cut_detail = coalesce($11, cut_detail)
    WHERE relay = $1 AND size = $2::bigint RETURNING relay
  ), begun AS (
    INSERT INTO audit_day (relay, first_seq, day, edge)
    SELECT relay, $2::bigint + 1, $6::date, $9::bytea FROM moved WHERE $9::bytea IS NOT NULL
  )
  INSERT INTO audit_record (relay, seq, day, hash, payload)
  SELECT moved.relay, $2::bigint + line.n, $6::date, substr($7::bytea, (line.n::int - 1) * 32 + 1, 32), line.payload
  FROM moved, string_to_table($8, E'\\n') WITH ORDINALITY AS line (payload, n)`;

interface State {
  verifierKey: string;
  edge: TreeEdge;
  lastHash: Buffer | null;
  newest: DaySegment | undefined;
}

class PostgresRelayLog implements RelayLog {
  readonly #sql: Sql;
  readonly #relay: string;
  readonly #state: State;

  constructor(sql: Sql, relay: string, state: State) {
    this.#sql = sql;
    this.#relay = relay;
    this.#state = state;
  }

  get size(): number {
    return this.#state.edge.size;
  }

  get verifierKey(): string {
    return this.#state.verifierKey;
  }

  get lastHash(): Buffer | null {
    return this.#state.lastHash;
  }

  get newest(): DaySegment | undefined {
    return this.#state.newest;
  }

  root(): Buffer {
    return Buffer.from(this.#state.edge.root());
  }

  edge(): readonly Uint8Array[] {
    return this.#state.edge.hashes();
  }

  async append(
    lines: readonly string[],
    day: number,
    cut?: { readonly size: number; readonly detail: string },
  ): Promise<void> {
    const edge = createTreeEdge(this.size, this.edge());
    const hashes = Buffer.alloc(lines.length * 32);
    for (const [index, line] of lines.entries()) {
      const leaf = leafHash(line);
      leaf.copy(hashes, index * 32);
      edge.add(leaf);
    }
    const records = { count: lines.length, lines: lines.join('\n'), hashes, edge: edge.hashes() };
    await this.appendHashed(records, day, cut);
  }

  async appendHashed(
    { count, lines, hashes, edge }: HashedRecords,
    day: number,
    cut?: { readonly size: number; readonly detail: string },
  ): Promise<void> {
    const before = this.size;
    const begins = this.newest?.day !== day;
    if (begins) await makeDays(this.#sql, [day]);
    const lastHash = hashes.subarray(-32);
    const { rowCount } = await this.#sql.query(appendStatement, [
      this.#relay,
      before,
      before + count,
      Buffer.concat(edge),
      lastHash,
      dateOf(day),
      hashes,
      lines,
      begins ? Buffer.concat(this.edge()) : null,
      cut?.size ?? null,
      cut?.detail ?? null,
    ]);
    if (rowCount !== count)
      throw new ForeignLogError(`another process writes the audit of the relay “${this.#relay}” in PostgreSQL`);
    this.#state.edge = createTreeEdge(before + count, edge);
    this.#state.lastHash = Buffer.from(lastHash);
    if (begins) this.#state.newest = { firstSeq: before + 1, day };
  }

  async skipTo(size: number, hashes: readonly Uint8Array[]): Promise<void> {
    const { rowCount } = await this.#sql.query(
      'UPDATE audit_relay SET size = $3::bigint, edge = $4, last_hash = NULL WHERE relay = $1 AND size = $2::bigint',
      [this.#relay, this.size, size, Buffer.concat(hashes)],
    );
    if (rowCount !== 1)
      throw new ForeignLogError(`another process writes the audit of the relay “${this.#relay}” in PostgreSQL`);
    this.#state.edge = createTreeEdge(size, hashes);
    this.#state.lastHash = null;
    // What comes next begins a stretch of its own, with its edge beside it.
    this.#state.newest = undefined;
  }

  async keepKeys(verifierKey: string): Promise<void> {
    const known = parseLogKeys(this.verifierKey);
    const given = parseLogKeys(verifierKey);
    if (verifierKey === this.verifierKey || (given !== undefined && known?.newest.equals(given.newest) === true))
      return;
    const isNext = known !== undefined && given !== undefined && hasKey(given, known.newest);
    const { rowCount } = isNext
      ? await this.#sql.query('UPDATE audit_relay SET verifier_key = $3 WHERE relay = $1 AND verifier_key = $2', [
          this.#relay,
          this.verifierKey,
          verifierKey,
        ])
      : { rowCount: 0 };
    if (rowCount !== 1)
      throw new ForeignLogError(
        `another key signs the audit of the relay “${this.#relay}” in PostgreSQL: two relays have this id, or the data folder was replaced: give this one another relay.id. Or the key of audit.signing_key was replaced while no relay ran that could let the former one vouch for it: the former one has to come back, until the relay has started`,
      );
    this.#state.verifierKey = verifierKey;
  }

  async keepNotes(notes: readonly SignedSize[]): Promise<void> {
    for (const { size, note, edge } of notes) {
      await this.#sql.query(
        'INSERT INTO audit_checkpoint (relay, size, note, edge) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        [this.#relay, size, note, edge === undefined ? null : Buffer.concat(edge)],
      );
    }
  }
}
