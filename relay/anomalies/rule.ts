import type { AuditRecord } from '../audit/audit-record.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { Emit } from './finding.ts';
import type { History } from './history.ts';

/** What every rule is given: the thresholds, what was before, and where to put what it finds. */
export interface RuleParts {
  /** Those of now: they may be others with the next record, which takes nothing away of what was counted. */
  readonly settings: AnomaliesConfig;
  readonly history: History;
  readonly emit: Emit;
}

/** One rule. It looks at the records in their order; its state is its own. */
export interface AnomalyRule {
  observe(record: AuditRecord): void;
  /** Instead of a decision like others before it, which tells nothing by itself: its line. */
  observeUsual?(requestId: string, line: string): void;
  /** Instead of an outcome that tells nothing. */
  ended?(requestId: string): void;
}
