import { AccessError } from '../../shared/errors.ts';
import { type AuditState, readAuditState } from '../audit/audit-state.ts';
import {
  type ConsistencyProof,
  formatInclusionProof,
  type InclusionProof,
  proveGrowth,
  proveRecord,
} from '../audit/prove-audit.ts';
import type { Cursor, SourcedEntry, SourcedLines } from '../audit/reading/audit-source.ts';
import { openFolderSource } from '../audit/reading/folder-source.ts';
import { type FoundRecords, recordsAfter } from '../audit/reading/follow-audit.ts';
import { jsonLine } from '../audit/reading/json-line.ts';
import { ocsfLine } from '../audit/reading/ocsf.ts';
import { type FilterTexts, readCursor, readFilters } from '../audit/reading/read-filters.ts';
import { openAuditSource } from '../audit/shared/open-source.ts';
import { type AuditVerdict, verifyAudit, type VerifyOptions } from '../audit/verify-audit.ts';
import type { ReadPlace } from './read-tasks.ts';

/** A page of records for the admin API, newest first. */
export interface AuditAnswer {
  readonly records: readonly SourcedEntry[];
  /** Where the next page begins; null at the end. */
  readonly next: Cursor | null;
}

/** Which records are asked for. */
export interface RecordsAsked {
  readonly filters: FilterTexts;
  readonly cursor?: string;
  /** Where relays share a storage: the one whose records alone are meant. */
  readonly relay?: string;
}

/** A page of records. */
export interface AuditAsked extends RecordsAsked {
  readonly limit: number;
}

/** Lines of JSON as they are stored, or OCSF events. */
export const exportFormats = ['jsonl', 'ocsf'] as const;

export interface ExportAsked extends RecordsAsked {
  readonly format: (typeof exportFormats)[number];
}

/** Some of an export, with the cursor of what follows; null when that was all. */
export interface ExportAnswer {
  readonly text: string;
  readonly next: Cursor | null;
  /** Behind all that there is. */
  readonly end: Cursor;
}

/** Records after a place, and the place behind them; none yet for who wants to know where the end is. */
export interface FeedAsked {
  readonly after?: string;
  readonly relay?: string;
}
export interface FeedAnswer extends FoundRecords {
  readonly next: Cursor;
}

/** Which log is verified, from where on and against what. */
export interface OnwardsAsked extends Pick<VerifyOptions, 'verifierKey' | 'keptCheckpoints' | 'state'> {
  /** One of those that share a storage; this relay’s folder when left out. */
  readonly relay?: string;
}

/** What became of the verification of one relay’s log; `relay` is null where there is one. */
export type LogVerdict = { readonly relay: string | null } & (
  | Omit<Extract<AuditVerdict, { status: 'ok' }>, 'state'>
  | Extract<AuditVerdict, { status: 'broken' }>
);

/** Each part looks at the whole index once. */
const exportedAtOnce = 20_000;

async function openRecords({ config, counts }: ReadPlace, { filters, relay }: RecordsAsked) {
  const wanted = readFilters(filters, Date.now());
  const { shared } = counts;
  if (shared === null && relay !== undefined)
    throw new AccessError('bad-input', 'The config names no “storage”: there are the records of this relay alone.');
  const source = await openAuditSource({
    dataDir: config.relay.data,
    ...(shared === null ? {} : { shared: { storage: shared.postgres, relay } }),
  });
  const known = {
    apis: config.apis.map(({ id }) => id),
    rules: config.apis.flatMap(({ rules }) => rules.map(({ name }) => name)),
  };
  return { source, wanted, known };
}

/** Readings of the audit: its records, how far it goes, and whether it is whole. */
export const auditTasks = {
  async audit(place: ReadPlace, asked: AuditAsked): Promise<AuditAnswer> {
    const { source, wanted, known } = await openRecords(place, asked);
    try {
      await source.requireKnownNames(wanted, known);
      const records: SourcedEntry[] = [];
      let last: Cursor | null = null;
      for await (const { cursor: next, ...entry } of source.newestFirst(wanted, readCursor(asked.cursor))) {
        if (records.length === asked.limit) return { records, next: last };
        records.push(entry);
        last = next;
      }
      return { records, next: null };
    } finally {
      await source.close();
    }
  },

  /** In the order of the records, so much at a time that other readings come in between. */
  async exportAudit(place: ReadPlace, asked: ExportAsked): Promise<ExportAnswer> {
    const { source, wanted, known } = await openRecords(place, asked);
    const lineOf = asked.format === 'ocsf' ? ocsfLine : jsonLine;
    try {
      if (asked.cursor === undefined) await source.requireKnownNames(wanted, known);
      const from = readCursor(asked.cursor);
      return { ...(await exportSome(source.inOrder(wanted, from), asked.cursor, lineOf)), end: source.end(from) };
    } finally {
      await source.close();
    }
  },

  async auditState({ config }: ReadPlace): Promise<AuditState> {
    return readAuditState(config.relay.data);
  },

  /** As they were written, whatever they are of: who follows them joins and picks. */
  async auditFeed({ config, counts }: ReadPlace, { after, relay }: FeedAsked): Promise<FeedAnswer> {
    const dataDir = config.relay.data;
    if (counts.shared === null) {
      if (after !== undefined) return recordsAfter(dataDir, Number(after));
      const source = openFolderSource(dataDir);
      const next = source.end();
      await source.close();
      return { records: [], isBehind: false, next };
    }
    const { openShared, requireLogs } = await import('../audit/shared/open-shared.ts');
    const { recordsAfterIn } = await import('../audit/shared/follow-logs.ts');
    const { formatCursor, parseCursor } = await import('../audit/shared/cursor.ts');
    const sql = await openShared({ storage: counts.shared.postgres });
    try {
      const logs = await requireLogs(sql, relay);
      if (after === undefined) {
        const at = new Map(logs.map((log) => [log.relay, log.last]));
        return { records: [], isBehind: false, next: formatCursor(at, false) };
      }
      const at = parseCursor(after, logs, false, 'forwards');
      const found = await recordsAfterIn(sql, relay, at);
      return { ...found, next: formatCursor(at, false) };
    } finally {
      await sql.close();
    }
  },

  /** One log, from where an earlier verification ended. */
  async verifyOnwards({ config, counts }: ReadPlace, { relay, ...options }: OnwardsAsked): Promise<AuditVerdict> {
    if (relay === undefined) return verifyAudit(config.relay.data, options);
    if (counts.shared === null)
      throw new AccessError('bad-input', 'The config names no “storage”: there are the records of this relay alone.');
    const { openShared, requireLogs } = await import('../audit/shared/open-shared.ts');
    const { verifyShared } = await import('../audit/shared/verify-shared.ts');
    const sql = await openShared({ storage: counts.shared.postgres, relay });
    try {
      const [log] = await requireLogs(sql, relay);
      if (log === undefined) throw new AccessError('bad-input', `There are no records of the relay “${relay}”.`);
      return await verifyShared(sql, log, options);
    } finally {
      await sql.close();
    }
  },

  async proveGrowth({ config, counts }: ReadPlace, { from, relay }: GrowthAsked): Promise<ConsistencyProof> {
    const named = relayMeant(config, relay);
    return named === undefined ? proveGrowth(config.relay.data, from) : (await proofsIn(counts)).growth(named, from);
  },

  /** From this relay’s folder, or from what the storage has of the relay that is named. */
  async proveRecord({ config, counts }: ReadPlace, { seq, relay }: ProofAsked): Promise<ProvenRecord> {
    const named = relayMeant(config, relay);
    const proof =
      named === undefined ? proveRecord(config.relay.data, seq) : await (await proofsIn(counts)).record(named, seq);
    return { ...proof, text: formatInclusionProof(proof) };
  },

  /** All records of this relay's folder, or of all relays that share a storage, and every checkpoint. */
  async verifyAudit({ config, counts }: ReadPlace): Promise<readonly LogVerdict[]> {
    const verdicts: LogVerdict[] = [withoutState(null, verifyAudit(config.relay.data))];
    if (counts.shared === null) return verdicts;
    // Loaded only where relays share a storage.
    const { openShared, requireLogs } = await import('../audit/shared/open-shared.ts');
    const { verifyShared } = await import('../audit/shared/verify-shared.ts');
    const sql = await openShared({ storage: counts.shared.postgres });
    try {
      for (const log of await requireLogs(sql, undefined))
        verdicts.push(withoutState(log.relay, await verifyShared(sql, log)));
    } finally {
      await sql.close();
    }
    return verdicts;
  },
} as const;

/** A record with its proof, also as the text that other programs verify (C2SP tlog-proof). */
export interface ProvenRecord extends InclusionProof {
  readonly text: string;
}

/** Which record is to be proved; with a relay, what the storage has of it. */
export interface ProofAsked {
  readonly seq: number;
  readonly relay?: string | undefined;
}

/** For how many records an earlier checkpoint was signed; with a relay, what the storage has of it. */
export interface GrowthAsked {
  readonly from: number;
  readonly relay?: string | undefined;
}

/** The relay whose log is only in the storage, or is asked for there. */
function relayMeant({ audit, relay }: ReadPlace['config'], asked: string | undefined): string | undefined {
  return asked ?? (audit.durable === 'database' ? relay.id : undefined);
}

async function proofsIn({ shared }: ReadPlace['counts']): Promise<{
  record(relay: string, seq: number): Promise<InclusionProof>;
  growth(relay: string, from: number): Promise<ConsistencyProof>;
}> {
  if (shared === null)
    throw new AccessError('bad-input', 'The config names no “storage”: there are the records of this relay alone.');
  // Loaded only where relays share a storage.
  const { proveSharedGrowth, proveSharedRecord } = await import('../audit/shared/prove-shared.ts');
  const storage = shared.postgres;
  return {
    record: (relay, seq) => proveSharedRecord({ storage, relay }, seq),
    growth: (relay, from) => proveSharedGrowth({ storage, relay }, from),
  };
}

async function exportSome(
  batches: AsyncIterable<readonly SourcedLines[]>,
  cursor: string | undefined,
  lineOf: (lines: SourcedLines) => string,
): Promise<Omit<ExportAnswer, 'end'>> {
  const at = new Map((cursor?.includes(':') === true ? cursor.split(',') : []).map((part) => splitPlace(part)));
  let [text, count] = ['', 0];
  let next: Cursor | null = null;
  for await (const some of batches) {
    if (count >= exportedAtOnce) return { text, next };
    for (const lines of some) {
      text += lineOf(lines);
      if (lines.relay !== undefined) at.set(lines.relay, lines.seq);
    }
    count += some.length;
    next = at.size > 0 ? [...at].map(([relay, seq]) => `${relay}:${seq}`).join(',') : (some.at(-1)?.seq ?? next);
  }
  return { text, next: null };
}

function splitPlace(part: string): [relay: string, seq: number] {
  const [relay = '', seq] = part.split(':');
  return [relay, Number(seq)];
}

function withoutState(relay: string | null, verdict: AuditVerdict): LogVerdict {
  if (verdict.status === 'broken') return { relay, ...verdict };
  const { state: _state, ...told } = verdict;
  return { relay, ...told };
}
