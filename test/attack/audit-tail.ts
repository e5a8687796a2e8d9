import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord } from '../../relay/audit/audit-record.ts';
import { openForReading } from '../../relay/audit/open-audit.ts';

export type DecisionRecord = Extract<AuditRecord, { type: 'decision' }>;
export type OutcomeRecord = Extract<AuditRecord, { type: 'outcome' }>;

/** A request in the audit: its decision, and all outcomes that were written of it. */
export interface AuditedRequest {
  readonly decision: DecisionRecord;
  readonly outcomes: OutcomeRecord[];
}

/** The audit of a running relay, read on as it grows. */
export class AuditTail {
  readonly requests = new Map<string, AuditedRequest>();
  /** Problems of the audit itself. */
  readonly complaints: string[] = [];
  /** Requests that could not even be parsed. */
  malformed = 0;
  readonly #byCase = new Map<number, AuditedRequest[]>();
  readonly #database: DatabaseSync;
  #lastSeq = 0;

  constructor(dataDir: string) {
    this.#database = openForReading(dataDir);
  }

  /** Reads what is new on disk. */
  pull(): void {
    const rows = this.#database.prepare('SELECT seq, payload FROM audit WHERE seq > ? ORDER BY seq').all(this.#lastSeq);
    for (const row of rows) {
      const seq = Number(row['seq']);
      if (seq !== this.#lastSeq + 1) this.complaints.push(`the audit lacks record ${this.#lastSeq + 1}`);
      this.#lastSeq = seq;
      this.#take(JSON.parse(String(row['payload'])) as AuditRecord);
    }
  }

  /** Whether the decision on this request is on disk, and allows it. */
  allows(requestId: string): boolean {
    if (!this.requests.has(requestId)) this.pull();
    return this.requests.get(requestId)?.decision.effect === 'allow';
  }

  ofCase(number: number): readonly AuditedRequest[] {
    return this.#byCase.get(number) ?? [];
  }

  close(): void {
    this.#database.close();
  }

  #take(record: AuditRecord): void {
    if (record.type === 'decision') {
      if (record.requestId.startsWith('malformed-')) {
        this.malformed += 1;
        return;
      }
      if (this.requests.has(record.requestId)) this.complaints.push(`two decisions on ${record.requestId}`);
      const request = { decision: record, outcomes: [] };
      this.requests.set(record.requestId, request);
      const number = caseOf(record.path);
      if (number === null) return;
      const list = this.#byCase.get(number);
      if (list === undefined) this.#byCase.set(number, [request]);
      else list.push(request);
    } else if (record.type === 'outcome' && !record.requestId.startsWith('malformed-')) {
      const request = this.requests.get(record.requestId);
      if (request === undefined) this.complaints.push(`an outcome without a decision: ${record.requestId}`);
      else request.outcomes.push(record);
    }
  }
}

/** Number of the case that a target, a path or a whole address belongs to; null for others. */
export function caseOf(target: string): number | null {
  const match = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*)?\/(?:case|secret)\/(\d+)(?:[/?]|$)/iu.exec(target);
  return match === null ? null : Number(match[1]);
}
