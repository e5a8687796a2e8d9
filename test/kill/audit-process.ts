import { pino } from 'pino';
import { createAuditLog } from '../../relay/audit/create-audit-log.ts';
import { auditInDatabase } from '../../relay/audit/shared/start-database-worker.ts';
import { sinkOfStorage } from '../../relay/sinks/sink-of-storage.ts';
import { startSinks } from '../../relay/sinks/start-sinks.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';
import { decision } from '../relay/audit/audit-records.ts';

/** What the process is told: where it writes, and by which name its requests begin. */
export interface AuditProcessData {
  readonly dataDir: string;
  readonly storage: PostgresSettings;
  readonly relay: string;
  /** PEM; null for an audit that is durable on disk and sent from there. */
  readonly signingKey: string | null;
  readonly name: string;
}

const data = JSON.parse(process.argv[2] ?? '{}') as AuditProcessData;
const { dataDir, storage, relay, signingKey, name } = data;
const log = pino({ level: 'silent' });
const audit = await createAuditLog({
  dataDir,
  log,
  // Often, so that kills come between a record and its checkpoint, too.
  checkpointEveryMs: 50,
  ...(signingKey === null ? {} : auditInDatabase(dataDir, { storage, relay, signingKey })),
});
if (signingKey === null) startSinks({ dataDir, log, sinks: [sinkOfStorage(relay, storage)] });

/** As requests do: the next one once the record of the last is durable, and that is told. */
function keepAppending(writer: number, count = 0): void {
  const path = `/${name}/${writer}/${count}`;
  audit.append(decision(`${name}-${writer}-${count}`, { path }), (error) => {
    if (error === null) process.send?.(path);
    setTimeout(() => keepAppending(writer, count + 1), error === null ? 0 : 20);
  });
}
for (let writer = 0; writer < 8; writer += 1) keepAppending(writer);
