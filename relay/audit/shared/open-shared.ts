import { AccessError } from '../../../shared/errors.ts';
import { storageUnavailable } from '../../storage/postgres/connect-postgres.ts';
import { openPostgresClient, type PostgresClient, type Sql } from '../../storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { type KnownLog, knownLogs } from './stored-records.ts';

/** Where the audit of all relays is, and the relay whose records alone are meant. */
export interface SharedPlace {
  readonly storage: PostgresSettings;
  readonly relay?: string | undefined;
}

/**
 * Connects, to read. Failures of PostgreSQL are told as AccessErrors.
 * @throws AccessError `shared-state-unavailable`; `bad-input` when no relay has sent anything yet
 */
export async function openShared({ storage }: SharedPlace): Promise<PostgresClient> {
  const inWords = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw error instanceof AccessError ? error : storageUnavailable(error);
    }
  };
  const sql = await inWords(openPostgresClient(storage, { migrations: [] }));
  const told: PostgresClient = { ...sql, query: (text, values) => inWords(sql.query(text, values)) };
  try {
    const { rows } = await told.query(`SELECT to_regclass('audit_relay') IS NOT NULL AS there`);
    if (rows[0]?.['there'] === true) return told;
    throw new AccessError('bad-input', 'There is no audit in “storage”: no relay has sent a record there yet.');
  } catch (error) {
    await sql.close();
    throw error;
  }
}

/** The logs of all relays, or of one. @throws AccessError `bad-input` for one that there isn't */
export async function requireLogs(sql: Sql, relay: string | undefined): Promise<readonly KnownLog[]> {
  const logs = await knownLogs(sql, relay);
  if (relay === undefined || logs.length > 0) return logs;
  const others = (await knownLogs(sql)).map((log) => log.relay).slice(0, 20);
  const known = others.length === 0 ? 'There are none yet.' : `There are: ${others.join(', ')}.`;
  throw new AccessError('bad-input', `No record of this audit is of the relay “${relay}”. ${known}`);
}
