import { pino } from 'pino';
import { connectPostgres } from '../storage/postgres/connect-postgres.ts';
import type { SharedCountsPlace } from './open-counts.ts';
import { postgresUsage, type SharedUsageStore } from './postgres-usage.ts';
import { usageMigrations } from './postgres-usage-tables.ts';

/** A large company's year is read in more than the time that a request would wait. */
const statementMs = 60_000;

/** Opens the counts of all relays in their PostgreSQL; what is wrong there is said when they are used. */
export function openSharedCounts({ postgres, relay }: SharedCountsPlace): SharedUsageStore {
  // Whoever asks is told what fails.
  const connection = connectPostgres(postgres, pino({ level: 'silent' }), {
    migrations: [usageMigrations],
    maxConnections: 2,
    statementMs,
  });
  return { ...postgresUsage(connection, relay), close: () => connection.close() };
}
