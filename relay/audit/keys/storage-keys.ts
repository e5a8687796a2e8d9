import { openPostgresClient, type PostgresClient } from '../../storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { didErase, exchangeKeys, hasUnshared, type PendingErasure } from './exchange-keys.ts';
import { openKeyDatabase } from './key-database.ts';
import { changingKeys, keyMigrations, makeIndexSecret } from './shared-key-tables.ts';

/** The keys of a folder and of the storage, on a connection of their own. Functions throw what PostgreSQL throws. */
export interface StorageKeys {
  /** Makes both the same; answers whom this relay has to forget. */
  exchange(): Promise<readonly PendingErasure[]>;
  /** Tells the storage of keys that were made here since, before a record that needs them goes there. */
  shareNew(): Promise<void>;
  didErase(number: number): Promise<void>;
  /** Throws away the keys of days before this one, of all relays. */
  dropDaysBefore(day: number): Promise<void>;
  readonly sql: PostgresClient;
  close(): Promise<void>;
}

/** Connects, and makes the tables where they aren't there yet. */
export async function openStorageKeys(given: {
  readonly path: string;
  readonly storage: PostgresSettings;
  readonly relay: string;
  readonly statementMs: number;
}): Promise<StorageKeys> {
  const { path, storage, relay, statementMs } = given;
  const sql = await openPostgresClient(storage, { migrations: [keyMigrations], statementMs });
  try {
    await makeIndexSecret(sql);
    const database = openKeyDatabase(path);
    const exchange = (): Promise<readonly PendingErasure[]> => exchangeKeys(sql, database, relay);
    return {
      exchange,
      async shareNew() {
        if (hasUnshared(database)) await exchange();
      },
      didErase: (number) => didErase(sql, database, relay, number),
      dropDaysBefore: (day) =>
        changingKeys(sql, async () => {
          await sql.query(
            `WITH gone AS (DELETE FROM audit_key WHERE day < $1 RETURNING id)
             INSERT INTO audit_erased (id, alias, time_ms) SELECT id, id, $2 FROM gone ON CONFLICT DO NOTHING`,
            [day, Date.now()],
          );
        }),
      sql,
      async close() {
        database.close();
        await sql.close();
      },
    };
  } catch (error) {
    await sql.close();
    throw error;
  }
}
