import type { Logger } from 'pino';
import { openSharedTakenKeys, type SharedTakenKeys, takenKeyMigrations } from '../../acts/shared-taken-keys.ts';
import { connectPostgres } from '../../storage/postgres/connect-postgres.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';

/** A connection of its own for keys of requests: connects when the first one comes. */
export function openKeyStorage(
  settings: PostgresSettings,
  log: Logger,
): { readonly keys: SharedTakenKeys; close(): Promise<void> } {
  // The relay’s own connection says that the storage is away.
  const storage = connectPostgres(settings, log.child({}, { level: 'silent' }), {
    migrations: [takenKeyMigrations],
    maxConnections: 2,
  });
  return { keys: openSharedTakenKeys(storage), close: () => storage.close() };
}
