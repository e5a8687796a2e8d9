import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { fillAudit } from '../../test/support/fill-audit.ts';
import { postgresPlace } from '../../test/support/postgres-place.ts';
import { postgresPrograms, startPostgres } from '../../test/support/start-postgres.ts';
import { type BenchOptions, type Figure, median, rounded } from '../figure.ts';
import { startScript } from '../start-process.ts';

/** How fast a relay's records come into PostgreSQL when many wait, in a process of their own, and what they take there. */
export async function ingestCase({ quick, rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  if (postgresPrograms === null) {
    say('Without ingest: there is no PostgreSQL on this machine.');
    return [];
  }
  const records = quick ? 100_000 : 500_000;
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-bench-ingest-'));
  const server = await startPostgres({ settings: ['fsync = on', 'shared_buffers = 128MB', 'max_wal_size = 2GB'] });
  try {
    say(`filling an audit with ${records.toLocaleString('en')} records to be sent`);
    fillAudit(dataDir, records);
    const rows: Readonly<Record<string, unknown>>[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const address = await server.createDatabase();
      const storage = postgresPlace(address);
      const sending = await startScript('ingest-audit', { dataDir, storage, relay: `r-${round}` });
      rows.push({ ...sending.ready, bytesEach: (await auditBytes(address)) / records });
      await sending.close();
    }
    const middle = (name: string): number => rounded(median(rows.map((row) => Number(row[name]))));
    const figure = {
      recordsPerSecond: middle('recordsPerSecond'),
      rssMb: middle('rssMb'),
      bytesEach: middle('bytesEach'),
    };
    return [{ bench: 'audit', case: 'ingest', system: 'causeway', ...figure }];
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Tables of the audit with their indexes. */
async function auditBytes(address: string): Promise<number> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relkind = 'r' AND relname LIKE 'audit%'",
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
