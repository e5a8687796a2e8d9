import type { Logger } from 'pino';
import { connectPostgres } from '../storage/postgres/connect-postgres.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { postgresRevisions, revisionMigrations, type SharedRevisionStore } from './postgres-revisions.ts';

/** The configs of all relays in a PostgreSQL, with a connection of their own; `relay` is the id of this one. */
export function openSharedRevisions(
  { postgres, relay }: { readonly postgres: PostgresSettings; readonly relay: string },
  log: Logger,
): SharedRevisionStore {
  const connection = connectPostgres(postgres, log, { migrations: [revisionMigrations], maxConnections: 1 });
  return {
    ...postgresRevisions(connection, relay),
    close() {
      // What is under way then is there for the next start.
      connection.close().catch(() => undefined);
    },
  };
}
