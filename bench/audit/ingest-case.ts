import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillAudit } from '../../test/support/fill-audit.ts';
import { postgresPlace } from '../../test/support/postgres-place.ts';
import { postgresPrograms, startPostgres } from '../../test/support/start-postgres.ts';
import { type BenchOptions, type Figure, median, rounded } from '../figure.ts';
import { startScript } from '../start-process.ts';

/** How fast a relay's records come into PostgreSQL when many wait, in a process of their own. */
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
      const storage = postgresPlace(await server.createDatabase());
      const sending = await startScript('ingest-audit', { dataDir, storage, relay: `r-${round}` });
      rows.push(sending.ready);
      await sending.close();
    }
    const middle = (name: string): number => rounded(median(rows.map((row) => Number(row[name]))));
    const figure = { recordsPerSecond: middle('recordsPerSecond'), rssMb: middle('rssMb') };
    return [{ bench: 'audit', case: 'ingest', system: 'causeway', ...figure }];
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
