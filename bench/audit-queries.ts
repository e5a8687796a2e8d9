import { Client } from 'pg';
import { postgresPlace } from '../test/support/postgres-place.ts';
import { postgresPrograms, startPostgres } from '../test/support/start-postgres.ts';
import { questions } from './audit/questions.ts';
import { type Bench, type Figure, rounded } from './figure.ts';
import { startScript } from './start-process.ts';

const relays = ['berlin-1', 'berlin-2'];
const days = 30;
const timesEach = 20;

/** How long the questions of docs/audit.md take over 10 million records of two relays in PostgreSQL, and what those take. */
export const auditQueries: Bench = async ({ quick, say }) => {
  if (postgresPrograms === null) {
    say('There is no PostgreSQL on this machine.');
    return [];
  }
  const records = quick ? 200_000 : 10_000_000;
  const server = await startPostgres({ settings: ['fsync = on', 'shared_buffers = 128MB', 'max_wal_size = 2GB'] });
  try {
    const address = await server.createDatabase();
    const storage = postgresPlace(address);
    for (const relay of relays) {
      const filling = await startScript('fill-shared-audit', {
        storage,
        relay,
        records: records / relays.length,
        days,
      });
      const { written, indexed } = filling.ready;
      await filling.close();
      say(`${relay}: ${Math.round(Number(written))} records a second written, ${Math.round(Number(indexed))} indexed`);
    }
    const figures: Figure[] = [];
    for (const question of Object.keys(questions)) {
      const asking = await startScript('ask-shared-audit', { storage, question, times: timesEach });
      const { found, ...took } = asking.ready;
      await asking.close();
      say(`${question}: ${String(found)} records on its page`);
      const names = ['p50Ms', 'p99Ms', 'cpuMsPerRequest', 'rssMb'] as const;
      const measured = Object.fromEntries(names.map((name) => [name, rounded(Number(took[name]))]));
      figures.push({ bench: 'audit-queries', case: question, system: 'causeway', ...measured });
    }
    const sizes = { record: 'audit_record%', index: 'audit_(segment|term)%' };
    for (const [what, tables] of Object.entries(sizes))
      figures.push({
        bench: 'audit-queries',
        case: `bytes-of-${what}`,
        system: 'causeway',
        bytesEach: rounded((await bytesOf(address, tables)) / records),
      });
    return figures;
  } finally {
    await server.stop();
  }
};

/** Tables whose names are SIMILAR TO a pattern, with their indexes. */
async function bytesOf(address: string, tables: string): Promise<number> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relkind = 'r' AND relname SIMILAR TO $1`,
      [tables],
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
