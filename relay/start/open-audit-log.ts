import type { Logger } from 'pino';
import type { AuditLog, QueueCounts } from '../audit/audit-record.ts';
import { createAuditLog, type KeyHolder, type RecordTaker } from '../audit/create-audit-log.ts';
import { relayIdOf } from '../audit/relay-id.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { retentionOf } from './config-of-parts.ts';

/** Opens the audit that answers wait for: the log in the data folder, or in PostgreSQL. */
export async function openAuditLog(
  loaded: LoadedConfig,
  log: Logger,
): Promise<AuditLog & QueueCounts & RecordTaker & KeyHolder> {
  const { config, storage, auditKey } = loaded;
  const { data: dataDir, id } = config.relay;
  const options = { dataDir, log, ...retentionOf(loaded) };
  if (config.audit.durable === 'disk' || storage === undefined || auditKey === undefined)
    return createAuditLog(options);
  const { auditInDatabase } = await import('../audit/shared/start-database-worker.ts');
  const given = { storage, relay: relayIdOf(dataDir, id), signingKey: auditKey };
  return createAuditLog({ ...options, ...auditInDatabase(dataDir, given) });
}
