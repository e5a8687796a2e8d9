import type { Logger } from 'pino';
import type { AuditLog, QueueCounts } from '../audit/audit-record.ts';
import type { KeyHolder, RecordTaker } from '../audit/create-audit-log.ts';
import { followWithIndex } from '../audit/reading/follow-with-index.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { StartThread } from '../programs/start-thread.ts';
import { followAuditKey } from './follow-audit-key.ts';
import { openAuditLog } from './open-audit-log.ts';
import { auditReadersOf } from './optional-parts.ts';

/** The audit in the process that writes it. */
export interface KeptAudit {
  readonly written: AuditLog & QueueCounts & RecordTaker & KeyHolder;
  /** A config is in force that may have another key for it. */
  followKey(next: LoadedConfig): void;
  close(): Promise<void>;
}

/**
 * Opens the audit with what follows it: who may read its files, its index, and the key of the config.
 * @param start where the index is made; default in this process
 */
export async function openKeptAudit(first: LoadedConfig, log: Logger, start?: StartThread): Promise<KeptAudit> {
  const readers = auditReadersOf(first, log);
  const written = await openAuditLog(first, log);
  const followKey = followAuditKey(written, first, log);
  const index = followWithIndex(first.config.relay.data, log, start === undefined ? {} : { start });
  return {
    written,
    followKey,
    async close() {
      await index.close();
      await written.close();
      readers?.close();
    },
  };
}
