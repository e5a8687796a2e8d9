import { createPublicKey, type KeyObject } from 'node:crypto';
import { openPostgresClient, type PostgresClient, type Sql } from '../../storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { auditLine } from '../audit-line.ts';
import { formatVerifierKey, signCheckpoint } from '../checkpoint-note.ts';
import { cutStatement } from '../cut-statement.ts';
import { keyChange, type LogKeys, onlyKey, openLogCheckpoint, parseLogKeys } from '../log-keys.ts';
import { recordsToCut, segmentDay } from '../retention/day-segments.ts';
import { createTreeEdge } from '../tree/tree-edge.ts';
import { leafHash } from '../tree/tree-hash.ts';
import { cutOf } from './cut-of.ts';
import { dayOf, splitHashes } from './dates.ts';
import { openRelayLog, type RelayLog } from './relay-log.ts';
import { datesOf, knownLogs } from './stored-records.ts';
import { auditTables } from './tables.ts';

/** The log of a relay that has it in PostgreSQL alone. Every function throws what PostgreSQL throws; it must then be opened anew. */
export interface DatabaseLog {
  readonly size: number;
  /** Something about what is stored that an operator must look at, found when it was opened. */
  readonly warning: string | null;
  /** The key that signs it: the one it was opened with, or of the others the one that PostgreSQL knows as the newest. */
  readonly key: KeyObject;
  /** Writes all lines in one transaction, or none. */
  write(lines: readonly string[]): Promise<void>;
  /** Signs the root of the tree, unless that is done already. */
  checkpoint(): Promise<void>;
  /**
   * Lets another key sign from here on, behind a record that says so and why, which the key so far signs; answers the new
   * one’s line.
   */
  replaceKey(next: KeyObject, why: string): Promise<string>;
  /** Writes and signs the record that days that are old enough may go; answers how many records that are. */
  cutDays(keepDays: number): Promise<number | undefined>;
  /** Records behind this one, in order, at most so many. */
  after(seq: number, limit: number): Promise<readonly { readonly seq: number; readonly payload: string }[]>;
  close(): Promise<void>;
}

export interface DatabaseLogOptions {
  readonly storage: PostgresSettings;
  readonly relay: string;
  readonly key: KeyObject;
  /** Those that may have taken over already, where no answer came. */
  readonly laterKeys?: readonly KeyObject[];
  readonly statementMs: number;
}

// Any number of ours: with the relay's id, it names the right to write that relay's log.
const writerLock = 4_716_294;

/**
 * Opens the log of a relay for writing. No other process can while this one is connected.
 * @throws Error when another one is, or another key signs the log
 */
export async function openDatabaseLog({
  storage,
  relay,
  key: given,
  laterKeys = [],
  statementMs,
}: DatabaseLogOptions): Promise<DatabaseLog> {
  const sql = await openPostgresClient(storage, { migrations: [auditTables], statementMs });
  try {
    await prepare(sql, relay);
    const key = (laterKeys.length === 0 ? undefined : await newestOf(sql, relay, laterKeys)) ?? given;
    const log = await openRelayLog(sql, { relay, verifierKey: formatVerifierKey(key) });
    return await start(sql, relay, log, key);
  } catch (error) {
    await sql.close();
    throw error;
  }
}

async function newestOf(sql: Sql, relay: string, keys: readonly KeyObject[]): Promise<KeyObject | undefined> {
  const { rows } = await sql.query('SELECT verifier_key FROM audit_relay WHERE relay = $1', [relay]);
  const newest = rows.map((row) => parseLogKeys(String(row['verifier_key']))?.newest)[0];
  return keys.find((key) => newest?.equals(createPublicKey(key)) === true);
}

/** An answer to a commit must mean that it is durable; and a relay that vanished must not keep its log for hours. */
async function prepare(sql: Sql, relay: string): Promise<void> {
  await sql.query(
    `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')`,
  );
  await sql.query('SET tcp_keepalives_idle = 10');
  await sql.query('SET tcp_keepalives_interval = 5');
  await sql.query('SET tcp_keepalives_count = 3');
  const { rows } = await sql.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine', [writerLock, relay]);
  if (rows[0]?.['mine'] !== true)
    throw new Error(
      `another process writes the audit of the relay “${relay}” in PostgreSQL: each relay needs a relay.id of its own`,
    );
}

async function start(sql: PostgresClient, relay: string, log: RelayLog, firstKey: KeyObject): Promise<DatabaseLog> {
  let key = firstKey;
  const keys = parseLogKeys(log.verifierKey) ?? onlyKey(createPublicKey(key));
  const { signedSize, warning } = await lookAtEnd(sql, relay, log, keys);
  let signed = signedSize;
  const write = (lines: readonly string[]): Promise<void> =>
    log.append(lines, segmentDay(log.newest, Date.now()), cutOf(lines));
  const checkpoint = async (): Promise<void> => {
    if (signed >= log.size) return;
    const size = log.size;
    const note = signCheckpoint({ size, hash: log.root() }, key);
    await log.keepNotes([{ size, note, edge: log.edge() }]);
    signed = size;
  };
  return {
    get size() {
      return log.size;
    },
    get key() {
      return key;
    },
    warning,
    write,
    checkpoint,
    async replaceKey(next, why) {
      const line = formatVerifierKey(next);
      if (line === formatVerifierKey(key)) return line;
      const detail = `The key ${formatVerifierKey(key)} signs up to this record, ${line} from the next one on; ${why}`;
      await write([auditLine({ type: 'relay', timeMs: Date.now(), event: 'audit-key-changed', detail })]);
      await checkpoint();
      const change = keyChange({ size: log.size, root: log.root() }, key, next);
      await log.keepKeys(`${log.verifierKey.trimEnd()}\n${change}`);
      key = next;
      return line;
    },
    async cutDays(keepDays) {
      const cut = await plannedCut(sql, relay, keepDays);
      if (cut === undefined) return undefined;
      const detail = cutStatement({ ...cut, keepDays }, key);
      await write([auditLine({ type: 'relay', timeMs: Date.now(), event: 'audit-cut', detail })]);
      await checkpoint();
      return cut.size;
    },
    async after(seq, limit) {
      const { rows } = await sql.query(
        'SELECT seq, payload FROM audit_record WHERE relay = $1 AND seq > $2 ORDER BY seq LIMIT $3',
        [relay, seq, limit],
      );
      return rows.map((row) => ({ seq: Number(row['seq']), payload: String(row['payload']) }));
    },
    close: () => sql.close(),
  };
}

/**
 * Compares what stands behind the last checkpoint with it, before anything is signed on top of it: the edge that PostgreSQL
 * has must be what this relay signed, and the records since then.
 */
async function lookAtEnd(
  sql: Sql,
  relay: string,
  log: RelayLog,
  keys: LogKeys,
): Promise<{ readonly signedSize: number; readonly warning: string | null }> {
  const { rows } = await sql.query(
    'SELECT note, edge FROM audit_checkpoint WHERE relay = $1 ORDER BY size DESC LIMIT 1',
    [relay],
  );
  const [last] = rows;
  if (last === undefined) return { signedSize: 0, warning: null };
  const checkpoint = openLogCheckpoint(String(last['note']), keys);
  const wrong = `Records of the relay “${relay}” in PostgreSQL aren’t those that were signed: “audit verify” says which.`;
  if (checkpoint?.kind !== 'tree') return { signedSize: 0, warning: wrong };
  const { size, hash } = checkpoint;
  if (size > log.size) {
    const warning = `The audit ends at record ${log.size}, but record ${size} was signed: records are missing.`;
    return { signedSize: log.size, warning };
  }
  const edge = createTreeEdge(size, splitHashes((last['edge'] as Buffer | null) ?? Buffer.alloc(0)));
  if (!hash.equals(edge.root())) return { signedSize: size, warning: wrong };
  const [known] = await knownLogs(sql, relay);
  if (known !== undefined && size < log.size) {
    const found = await sql.query(
      `SELECT payload FROM audit_record WHERE relay = $1 AND seq > $2 AND seq <= $3 AND day BETWEEN $4::date AND $5::date ORDER BY seq`,
      [relay, size, log.size, ...datesOf(known, size + 1, log.size)],
    );
    for (const row of found.rows) edge.add(leafHash(String(row['payload'])));
  }
  const isWhole = edge.size === log.size && log.root().equals(edge.root());
  return { signedSize: size, warning: isWhole ? null : wrong };
}

/** Days that are old enough to go, by this relay's own clock and segments; the tree over them. */
async function plannedCut(
  sql: Sql,
  relay: string,
  keepDays: number,
): Promise<{ readonly size: number; readonly root: Buffer } | undefined> {
  const { rows } = await sql.query(
    `SELECT first_seq, day::text AS day, audit_day.edge, cut_size FROM audit_day JOIN audit_relay USING (relay)
     WHERE relay = $1 ORDER BY first_seq`,
    [relay],
  );
  const segments = rows.map((row) => ({ firstSeq: Number(row['first_seq']), day: dayOf(String(row['day'])) }));
  const size = recordsToCut(segments, Date.now(), keepDays);
  if (size <= Number(rows[0]?.['cut_size'] ?? 0)) return undefined;
  const next = rows.find((row) => Number(row['first_seq']) === size + 1);
  if (next === undefined) return undefined;
  return { size, root: Buffer.from(createTreeEdge(size, splitHashes(next['edge'] as Buffer)).root()) };
}
