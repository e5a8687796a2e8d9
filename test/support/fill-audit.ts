import { mkdirSync } from 'node:fs';
import { auditFiles, loadSigningKey } from '../../relay/audit/audit-files.ts';
import { auditLine } from '../../relay/audit/audit-line.ts';
import type { AuditCaller, AuditRecord } from '../../relay/audit/audit-record.ts';
import { openAuditStore } from '../../relay/audit/audit-store.ts';

/** When the first record of a filled audit was made; the last one is made a millisecond a record later. */
export const filledFromMs = Date.parse('2026-01-05T00:00:00Z');

const people = 2000;
const apis = ['orders', 'payroll', 'wiki', 'billing', 'stock', 'mail', 'crm', 'build', 'vault', 'search'];
const linesAtOnce = 20_000;

/**
 * Fills the audit of a folder as a company of 2,000 people would: requests whose outcome follows within some records or,
 * for one in a thousand, 50,000 records later; sessions, refused sign-ins, grants. The same for the same count.
 * @param timeOf when a record was made; {@link filledFromMs} and a millisecond a record when left out
 */
export function fillAudit(dataDir: string, count: number, timeOf?: (seq: number) => number): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const files = auditFiles(dataDir);
  const store = openAuditStore(files, loadSigningKey(files), { maxPages: undefined, now: Date.now });
  try {
    let lines: string[] = [];
    let seq = 0;
    for (const record of madeUpRecords(count)) {
      lines.push(auditLine(timeOf === undefined ? record : { ...record, timeMs: timeOf(seq) }));
      seq += 1;
      if (lines.length < linesAtOnce) continue;
      store.write(lines);
      lines = [];
    }
    if (lines.length > 0) store.write(lines);
    store.checkpoint();
  } finally {
    store.close();
  }
}

/** The records of a filled audit, in their order. */
export function* madeUpRecords(count: number): Generator<AuditRecord> {
  const random = numbersFrom(7);
  const callers = Array.from({ length: people }, (_, index) => madeUpCaller(index));
  const waiting: { readonly dueAt: number; readonly outcome: AuditRecord }[] = [];
  const streams: { readonly dueAt: number; readonly outcome: AuditRecord }[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const timeMs = filledFromMs + seq;
    const due = [streams, waiting].find(([first]) => first !== undefined && first.dueAt <= seq)?.shift();
    if (due !== undefined) {
      yield { ...due.outcome, timeMs };
      continue;
    }
    const chance = random();
    const caller = callers[Math.floor(random() ** 2 * people)] ?? madeUpCaller(0);
    if (chance < 0.002) yield { type: 'session', timeMs, event: 'opened', caller, detail: 'HTTP/2' };
    else if (chance < 0.003) yield refusedSignIn(timeMs, caller);
    else if (chance < 0.0031) yield grantOf(timeMs, caller, seq);
    else {
      const requestId = requestIdOf(seq);
      yield madeUpDecision(requestId, timeMs, caller, random);
      const isStream = chance > 0.999;
      (isStream ? streams : waiting).push({
        dueAt: seq + (isStream ? 50_000 : 20),
        outcome: {
          type: 'outcome',
          requestId,
          timeMs,
          outcome: 'completed',
          status: random() < 0.0005 ? 502 : random() < 0.02 ? 404 : 200,
          durationMs: 10,
          requestBytes: 0,
          responseBytes: 1234,
          detail: null,
        },
      });
    }
  }
}

/** The id of the request that a record of a filled audit decides on. */
export function requestIdOf(seq: number): string {
  const mixed = (Math.imul(seq, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return `${mixed}-0000-4000-8000-${seq.toString(16).padStart(12, '0')}`;
}

function madeUpDecision(
  requestId: string,
  timeMs: number,
  caller: AuditCaller,
  random: () => number,
): Extract<AuditRecord, { type: 'decision' }> {
  const api = apis[Math.floor(random() ** 2 * apis.length)] ?? 'orders';
  const isDenied = random() < 0.01;
  const byGrant = !isDenied && random() < 0.0001;
  const rule = byGrant ? `grant:g-${caller.username}` : random() < 0.9 ? 'staff-read' : 'staff-write';
  return {
    type: 'decision',
    requestId,
    timeMs,
    caller,
    api,
    method: rule === 'staff-write' ? 'POST' : 'GET',
    path: `/v1/${api}/${Math.floor(random() * 5000)}`,
    effect: isDenied ? 'deny' : 'allow',
    rule: isDenied ? null : rule,
    reason: isDenied ? 'No rule allows it.' : 'The rule allows it.',
    policyRevision: 'r1',
  };
}

function madeUpCaller(index: number): AuditCaller {
  return {
    issuer: 'https://idp.example',
    subject: `subject-${index}`,
    username: `person-${index}`,
    groups: ['staff', `team-${index % 40}`],
    sessionId: `session-${index}`,
    device: `laptop-${index}`,
    remoteAddress: `10.0.${index >> 8}.${index & 255}`,
  };
}

function refusedSignIn(timeMs: number, { issuer, subject, remoteAddress }: AuditCaller): AuditRecord {
  const code = 'token-expired';
  return {
    type: 'authentication-refused',
    timeMs,
    remoteAddress,
    code,
    detail: 'It has expired.',
    claimed: { issuer, subject },
  };
}

function grantOf(timeMs: number, { issuer, subject, username }: AuditCaller, seq: number): AuditRecord {
  return {
    type: 'access',
    timeMs,
    event: 'approved',
    grant: `g-${username}`,
    requester: { issuer, subject, username },
    api: 'payroll',
    role: 'reader',
    hours: 8,
    expiresAtMs: timeMs + 8 * 3_600_000,
    by: 'person-1',
    note: `ticket ${seq}`,
  };
}

/** Mulberry32: the same numbers for the same seed. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
