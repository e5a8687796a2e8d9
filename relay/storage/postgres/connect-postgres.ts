import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import type { Logger } from 'pino';
import { AccessError } from '../../../shared/errors.ts';
import { type DomainMigrations, migratePostgres } from './migrate-postgres.ts';
import { connectedWith, signInOptions } from './password-of.ts';
import type { PostgresSettings } from './postgres-settings.ts';
import { signInNow } from './sign-in-now.ts';

/** A pool of connections to PostgreSQL that never lets its caller wait for long. */
export interface PostgresConnection {
  /**
   * Does something with the tables, which are there by then. `Tables` are those of the caller’s domain.
   * @throws AccessError `shared-state-unavailable` when it failed or took too long; it may have been done all the same.
   * AccessErrors of `work` pass as they are
   */
  run<Tables, Result>(work: (database: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** The same in one transaction: all of it, or on a throw nothing. Tried again once when another got in its way. */
  transaction<Tables, Result>(work: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  /**
   * Resolves once the tables are there. @throws AccessError `shared-state-unavailable` when that takes more than 5 s, and
   * `bad-config` when a newer relay made them
   */
  untilReady(): Promise<void>;
  /** Ends all connections; what is under way fails. */
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** Tables that are made, or brought up to date, before anything else is done. */
  readonly migrations: readonly DomainMigrations[];
  /** Most connections at once. Default 8. */
  readonly maxConnections?: number;
  /** Longest wait for one statement, milliseconds. Default 5 s. */
  readonly statementMs?: number;
  /** Told how long each question took, and whether it was answered. */
  readonly didAsk?: (tookMs: number, isAnswered: boolean) => void;
}

const connectMs = 4000;
const startMs = 5000;
const idleMs = 30_000;
const retryMs = 100;
/** Serialization failure and deadlock: one of the two has to begin again (PostgreSQL 15, 13.5). */
const toTryAgain = new Set(['40001', '40P01']);

/** Connects when something is to be done, and again after every loss. */
export function connectPostgres(settings: PostgresSettings, log: Logger, options: PostgresOptions): PostgresConnection {
  const statementMs = options.statementMs ?? 5000;
  const { host, port, database: name } = settings;
  const pool = new Pool({
    host,
    port,
    database: name,
    ...signInOptions(settings),
    application_name: 'causeway-relay',
    max: options.maxConnections ?? 8,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    // The server gives up by itself; the client also when the server doesn't answer any more.
    statement_timeout: statementMs,
    query_timeout: statementMs + 500,
    idle_in_transaction_session_timeout: statementMs * 2,
  });
  // A connection that breaks while nobody uses it leaves the pool; whoever needs one gets another.
  pool.on('error', () => undefined);
  // One that breaks between two statements of a transaction: the next statement fails by it. Unheard, it would end the process.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: withoutBroken(pool, settings) }) });
  let isLost = false;
  let isClosed = false;
  let migrated: Promise<void> | null = null;

  const ready = (): Promise<void> => {
    migrated ??= migratePostgres(database, options.migrations).catch((error: unknown) => {
      migrated = null;
      throw error;
    });
    return migrated;
  };

  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const beganAtMs = performance.now();
    try {
      await ready();
      const result = await work();
      options.didAsk?.(performance.now() - beganAtMs, true);
      if (isLost) log.info('the storage (PostgreSQL) is back in reach');
      isLost = false;
      return result;
    } catch (error) {
      if (error instanceof AccessError) throw error;
      options.didAsk?.(performance.now() - beganAtMs, false);
      if (!isLost && !isClosed) log.error({ err: error }, 'the storage (PostgreSQL) can’t be used');
      isLost = true;
      throw storageUnavailable(error);
    }
  };

  return {
    run: (work) => attempt(() => work(database as never)),
    transaction: (work) =>
      attempt(() => againOnce(() => database.transaction().execute((transaction) => work(transaction as never)))),
    async untilReady() {
      const until = performance.now() + startMs;
      for (;;) {
        try {
          return await attempt(() => Promise.resolve());
        } catch (error) {
          const isOver = performance.now() >= until;
          if (isOver || isClosed || (error instanceof AccessError && error.code !== 'shared-state-unavailable'))
            throw error;
          await new Promise((resolve) => setTimeout(resolve, retryMs));
        }
      }
    },
    async close() {
      isClosed = true;
      // Before the first use the pool isn't Kysely's yet.
      await database.destroy();
      if (!pool.ended) await pool.end();
    },
  };
}

/** The failure that callers see while PostgreSQL can’t be used. */
export function storageUnavailable(cause: unknown): AccessError {
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return new AccessError(
    'shared-state-unavailable',
    `The storage that the relays share (PostgreSQL) can’t be used${why === undefined ? '' : `: ${why.replace(/\.$/, '')}`}.`,
    { cause },
  );
}

async function againOnce<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError) || !toTryAgain.has(error.code ?? '')) throw error;
    return work();
  }
}

/** A connection on which a query failed without a word of the server’s isn’t used again: it may still wait for that answer. */
function withoutBroken(pool: Pool, settings: PostgresSettings) {
  const known = new WeakMap<PoolClient, ReturnType<typeof guarded>>();
  /** The pool makes connections by its options of that moment. */
  const connect = async (): Promise<PoolClient> => {
    const isToConnect = pool.idleCount === 0 && pool.totalCount < pool.options.max;
    if (isToConnect) Object.assign(pool.options, signInOptions(await signInNow(settings)));
    return pool.connect();
  };
  return {
    async connect() {
      const client = await connectedWith(settings, connect);
      const found = known.get(client) ?? guarded(client);
      known.set(client, found);
      return found;
    },
    end: () => pool.end(),
  };
}

function guarded(client: PoolClient) {
  let isBroken = false;
  return {
    async query(sql: unknown, parameters?: readonly unknown[]) {
      try {
        return await client.query(sql as string, parameters as unknown[]);
      } catch (error) {
        isBroken ||= !(error instanceof DatabaseError);
        throw error;
      }
    },
    release: (discard?: boolean) => client.release(isBroken || discard === true),
  } as never;
}
