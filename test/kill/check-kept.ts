import { readFileSync } from 'node:fs';
import { openForReading } from '../../relay/audit/open-audit.ts';
import type { AuditRecord } from '../../relay/audit/audit-record.ts';
import { auditFiles } from '../../relay/audit/audit-files.ts';
import { verifyAudit } from '../../relay/audit/verify-audit.ts';
import { openGrantStore } from '../../relay/grants/grant-store.ts';
import { openRevocationFile } from '../../relay/identity/stored-revocations.ts';
import { openLockStore } from '../../relay/sessions/lock-store.ts';
import type { KillWorld } from './kill-world.ts';
import type { KnownActs } from './known-acts.ts';

/** What one line of the report says: how many there were, and the first of those for which it isn't so. */
export interface Kept {
  readonly what: string;
  readonly count: number;
  readonly wrong: readonly string[];
}

/**
 * Looks whether everything that anybody was told of is there, in a folder that no relay writes. `sentUpTo` is the record
 * that the sink was seen to have.
 */
export function checkKept(world: KillWorld, acts: KnownActs, sentUpTo: number): readonly Kept[] {
  const { dataDir, shippedPath, upstream } = world;
  const { lines, records } = readAudit(dataDir);
  const paths = countOf(records.flatMap((record) => (record.type === 'decision' ? [record.path] : [])));
  const writes = upstream.requests.filter(({ method }) => method === 'POST').map(({ target }) => target);
  const events = (type: string, event: string): Map<string, number> =>
    countOf(records.flatMap((record) => eventOf(record, type, event)));

  const grants = openGrantStore(dataDir);
  const requests = grants.list();
  grants.close();
  const lockStore = openLockStore(dataDir);
  const locks = lockStore.list().map(({ id }) => id);
  lockStore.close();
  const revocations = openRevocationFile(dataDir);
  const marks = revocations.read(Date.now()).map(({ name }) => name);
  revocations.close();
  const revoked = marks.flatMap(subjectOf);
  const approved = requests.filter(({ status }) => status === 'approved').map(({ id }) => id);

  return [
    ...verified(dataDir, records.length),
    { what: 'answered requests have their record', ...missing(acts.answered, paths) },
    { what: 'writes that reached the API were recorded once', ...otherThanOnce(writes, paths) },
    { what: 'access requests that the relay took are there', ...missing(acts.requested, countOf(requests.map(idOf))) },
    { what: 'grants that a command gave are there', ...missing(acts.approved, countOf(approved)) },
    { what: 'requests have one record', ...otherThanOnce(requests.map(idOf), events('access', 'requested')) },
    { what: 'grants have one record', ...otherThanOnce(approved, events('access', 'approved')) },
    { what: 'locks that a command put in force are there', ...missing(acts.locked, countOf(locks)) },
    { what: 'locks have one record', ...otherThanOnce(locks, events('lock', 'lock-added')) },
    { what: 'revocations that a command made are there', ...missing(acts.revoked, countOf(revoked)) },
    { what: 'revocations have one record', ...otherThanOnce(revoked, events('administrator', 'sign-ins-revoked')) },
    { what: 'records reached the sink, in order', ...shipped(shippedPath, lines, sentUpTo) },
  ];
}

function readAudit(dataDir: string): { readonly lines: readonly string[]; readonly records: readonly AuditRecord[] } {
  const database = openForReading(dataDir);
  try {
    const rows = database.prepare('SELECT payload FROM audit ORDER BY seq').all();
    const lines = rows.map((row) => String(row['payload']));
    return { lines, records: lines.map((line) => JSON.parse(line) as AuditRecord) };
  } finally {
    database.close();
  }
}

function verified(dataDir: string, records: number): readonly Kept[] {
  const verifierKey = readFileSync(auditFiles(dataDir).verifierKey, 'utf8');
  const verdict = verifyAudit(dataDir, { verifierKey });
  const wrong = verdict.status === 'ok' ? [] : [verdict.reason];
  return [{ what: 'records verify', count: records, wrong }];
}

function eventOf(record: AuditRecord, type: string, event: string): readonly string[] {
  if (record.type !== type) return [];
  if (record.type === 'access') return record.event === event ? [record.grant] : [];
  if (record.type === 'lock') return record.event === event ? [record.lock] : [];
  if (record.type === 'administrator') return record.act === event ? [record.person?.subject ?? ''] : [];
  return [];
}

/** Whose sign-ins a mark ends as a whole; those of single tokens are of sign-outs. */
function subjectOf(name: string): readonly string[] {
  const [kind, , subject] = JSON.parse(name) as readonly unknown[];
  return kind === 'subject' ? [String(subject)] : [];
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function missing(known: readonly string[], there: ReadonlyMap<string, number>): Omit<Kept, 'what'> {
  return { count: known.length, wrong: known.filter((name) => !there.has(name)) };
}

function otherThanOnce(known: readonly string[], there: ReadonlyMap<string, number>): Omit<Kept, 'what'> {
  return { count: known.length, wrong: known.filter((name) => there.get(name) !== 1) };
}

/** The sink may have a record twice, but never one before those that come earlier. */
function shipped(path: string, lines: readonly string[], sentUpTo: number): Omit<Kept, 'what'> {
  let newest = 0;
  const wrong: string[] = [];
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const { seq, record } = JSON.parse(line) as { seq: number; record: unknown };
    if (seq > newest + 1) wrong.push(`record ${seq} follows record ${newest}`);
    if (JSON.stringify(record) !== JSON.stringify(JSON.parse(lines[seq - 1] ?? 'null')))
      wrong.push(`record ${seq} is another one`);
    newest = Math.max(newest, seq);
  }
  if (newest < sentUpTo) wrong.push(`it ends at record ${newest}, not ${sentUpTo}`);
  return { count: newest, wrong };
}
