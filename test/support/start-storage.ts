import { pino } from 'pino';
import { storedDomains } from '../../relay/stored/stored-domains.ts';
import { connectPostgres, type PostgresConnection } from '../../relay/storage/postgres/connect-postgres.ts';
import type { PostgresSettings } from '../../relay/storage/postgres/postgres-settings.ts';
import { postgresPlace } from './postgres-place.ts';
import { type PostgresServer, startPostgres } from './start-postgres.ts';

/** A PostgreSQL with an empty database, and connections to it as relays have them. */
export interface StorageServer {
  readonly server: PostgresServer;
  /** For `storage` in a config. */
  readonly url: string;
  readonly settings: PostgresSettings;
  connect(): PostgresConnection;
  stop(): Promise<void>;
}

/** Starts a server with one database. */
export async function startStorage(): Promise<StorageServer> {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const settings = postgresPlace(url);
  const connections: PostgresConnection[] = [];
  return {
    server,
    url,
    settings,
    connect() {
      const connection = connectPostgres(settings, pino({ level: 'silent' }), { migrations: storedDomains });
      connections.push(connection);
      return connection;
    },
    async stop() {
      for (const connection of connections) await connection.close();
      await server.stop();
    },
  };
}
