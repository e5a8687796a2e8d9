import { Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import { type DomainMigrations, migratePostgres } from './migrate-postgres.ts';
import { connectedWith, signInOptions } from './password-of.ts';
import type { PostgresSettings } from './postgres-settings.ts';
import { signInNow } from './sign-in-now.ts';

/** Runs statements one after the other; `$1` and so on stand for values. Throws what PostgreSQL or the network says. */
export interface Sql {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[]; readonly rowCount: number | null }>;
}

/** One connection of its own, for what must go in order or must not wait for others. It isn't made again when it breaks. */
export interface PostgresClient extends Sql {
  /** Ends it at once; what is under way fails. */
  close(): Promise<void>;
}

export interface PostgresClientOptions {
  /** Tables that are made, or brought up to date, before. */
  readonly migrations: readonly DomainMigrations[];
  /** Longest wait for one statement, milliseconds; without end when left out. */
  readonly statementMs?: number;
}

const connectMs = 4000;
const closeMs = 500;

/**
 * Connects. @throws AccessError `bad-config` when a newer relay has made the tables, else what PostgreSQL or the network says
 */
export async function openPostgresClient(
  settings: PostgresSettings,
  { migrations, statementMs }: PostgresClientOptions,
): Promise<PostgresClient> {
  const { host, port, database } = settings;
  const client = await connectedWith(settings, async () =>
    connected({
      host,
      port,
      database,
      ...signInOptions(await signInNow(settings)),
      application_name: 'causeway-relay',
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      ...(statementMs === undefined ? {} : { statement_timeout: statementMs, query_timeout: statementMs + 500 }),
    }),
  );
  try {
    await migrate(client, migrations);
  } catch (error) {
    await end(client);
    throw error;
  }
  return {
    query: (text, values) => client.query(text, values === undefined ? undefined : [...values]),
    close: () => end(client),
  };
}

async function connected(options: ClientConfig): Promise<Client> {
  const client = new Client(options);
  // Whoever asks next hears of it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await end(client);
    throw error;
  }
}

async function end(client: Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, closeMs).unref())]);
}

async function migrate(client: Client, migrations: readonly DomainMigrations[]): Promise<void> {
  const lent = {
    query: (text: string, values: unknown[]) => client.query(text, values),
    release: () => undefined,
  };
  const pool = { connect: () => Promise.resolve(lent), end: () => Promise.resolve() };
  await migratePostgres(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as never }) }), migrations);
}
