import { AccessError } from '../../../shared/errors.ts';
import type { Sql } from '../../storage/postgres/postgres-client.ts';
import { type HashOf, type Subtree, subtreesOf } from '../tree/subtrees.ts';
import { createTreeEdge } from '../tree/tree-edge.ts';
import { splitHashes } from './dates.ts';
import { datesOf, type KnownLog } from './stored-records.ts';

const leavesAtOnce = 50_000;

/** What PostgreSQL keeps of a tree besides its leaves: the complete subtrees that its first `size` leaves consist of. */
interface KeptEdge {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/** Which complete subtrees some work on a tree needs, in no order. */
export function neededSubtrees(work: (hashOf: HashOf) => unknown): readonly Subtree[] {
  const needed = new Map<string, Subtree>();
  const nothing = Buffer.alloc(32);
  work((subtree) => {
    needed.set(nameOf(subtree), subtree);
    return nothing;
  });
  return [...needed.values()];
}

/**
 * Hashes of these subtrees of one relay's log: from the edges that stand beside days and checkpoints, and the hashes of the
 * records in between. Whoever uses them compares the root with a signed one.
 * @throws AccessError `bad-input` when records that are needed are no longer there
 */
export async function sharedTree(sql: Sql, log: KnownLog, subtrees: readonly Subtree[]): Promise<HashOf> {
  const edges = await keptEdges(sql, log);
  const known = new Map<string, Uint8Array>();
  for (const subtree of subtrees) known.set(nameOf(subtree), await hashOfSubtree(sql, log, edges, subtree));
  return (subtree) => {
    const hash = known.get(nameOf(subtree));
    if (hash === undefined) throw new Error(`The subtree ${nameOf(subtree)} wasn’t looked up.`);
    return hash;
  };
}

function nameOf({ level, index }: Subtree): string {
  return `${level}/${index}`;
}

async function keptEdges(sql: Sql, { relay }: KnownLog): Promise<readonly KeptEdge[]> {
  const { rows } = await sql.query(
    `SELECT first_seq - 1 AS size, edge FROM audit_day WHERE relay = $1
     UNION SELECT size, edge FROM audit_checkpoint WHERE relay = $1 AND edge IS NOT NULL ORDER BY size DESC`,
    [relay],
  );
  return rows.map((row) => ({ size: Number(row['size']), hashes: splitHashes(row['edge'] as Buffer) }));
}

async function hashOfSubtree(
  sql: Sql,
  log: KnownLog,
  edges: readonly KeptEdge[],
  { level, index }: Subtree,
): Promise<Uint8Array> {
  const [start, end] = [index * 2 ** level, (index + 1) * 2 ** level];
  for (const { size, hashes } of edges) {
    const at = subtreesOf(0, size).findIndex((one) => one.level === level && one.index === index);
    const hash = at === -1 ? undefined : hashes[at];
    if (hash !== undefined) return hash;
  }
  // A complete subtree begins where numbers from its own first leaf on make the same nodes.
  const nearest = edges.find(({ size }) => size > start && size < end);
  const from = nearest?.size ?? start;
  const inside = subtreesOf(0, from).map((one) => one.index * 2 ** one.level >= start);
  const edge = createTreeEdge(
    from - start,
    (nearest?.hashes ?? []).filter((_hash, at) => inside[at] === true),
  );
  for (let at = from; at < end; at += leavesAtOnce)
    for (const leaf of await leaves(sql, log, at + 1, Math.min(end, at + leavesAtOnce))) edge.add(leaf);
  return edge.root();
}

async function leaves(sql: Sql, log: KnownLog, from: number, to: number): Promise<readonly Uint8Array[]> {
  const { rows } = await sql.query(
    `SELECT string_agg(hash, ''::bytea ORDER BY seq) AS hashes FROM audit_record
     WHERE relay = $1 AND seq BETWEEN $2 AND $3 AND day BETWEEN $4::date AND $5::date`,
    [log.relay, from, to, ...datesOf(log, from, to)],
  );
  const found = splitHashes((rows[0]?.['hashes'] as Buffer | null) ?? Buffer.alloc(0));
  if (found.length === to - from + 1) return found;
  throw new AccessError(
    'bad-input',
    `Of the records ${from} to ${to} of the relay “${log.relay}” only ${found.length} are in “storage”: the others were cut, or are missing, which “audit verify” says.`,
  );
}
