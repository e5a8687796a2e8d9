import { auditTables } from '../../../../relay/audit/shared/tables.ts';
import { createIndexKeeper } from '../../../../relay/audit/shared/keep-index.ts';
import { openAuditReader } from '../../../../relay/sinks/audit-reader.ts';
import { createPostgresTarget } from '../../../../relay/sinks/postgres-target.ts';
import { openPostgresClient } from '../../../../relay/storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../../../relay/storage/postgres/postgres-settings.ts';

/** Sends the audit of a folder to PostgreSQL as its relay would, and indexes it; answers how many records there are. */
export async function shipFolder(dataDir: string, storage: PostgresSettings, relay: string): Promise<number> {
  const reader = openAuditReader(dataDir);
  const target = createPostgresTarget({ kind: 'postgres', relay, storage }, reader, 10_000);
  const { last } = reader.range();
  try {
    for (let seq = reader.range().first - 1; seq < last;) {
      const upTo = Math.min(last, seq + 5000);
      const batch = { id: '', log: reader.log, records: [], after: seq, upTo };
      const delivery = await target.send(batch, new AbortController().signal);
      if (delivery.status === 'moved') seq = delivery.seq;
      else if (delivery.status === 'delivered') seq = upTo;
      else throw new Error(delivery.reason);
    }
    await target.didCatchUp?.();
  } finally {
    await target.close();
    reader.close();
  }
  await indexRecords(storage, relay);
  return last;
}

/** Indexes all whole segments of a relay. */
export async function indexRecords(storage: PostgresSettings, relay: string): Promise<void> {
  const sql = await openPostgresClient(storage, { migrations: [auditTables] });
  try {
    const keeper = createIndexKeeper(sql, relay);
    while (await keeper.step());
  } finally {
    await sql.close();
  }
}
