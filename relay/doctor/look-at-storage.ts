import { AccessError } from '../../shared/errors.ts';
import { auditTables } from '../audit/shared/tables.ts';
import { connectionFailure } from '../upstream/connection-failure.ts';
import { openPostgresClient, type PostgresClient } from '../storage/postgres/postgres-client.ts';
import { storedDomains } from '../stored/stored-domains.ts';
import { aheadMs, serverClock } from './clock-difference.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import { answerMs, inTime } from './in-time.ts';
import type { Patient } from './patient.ts';

/** Whether the PostgreSQL of the config can be used by this version; changes nothing there. */
export async function lookAtStorage({ loaded, isWhole }: Patient): Promise<readonly Look[]> {
  const { storage } = loaded;
  if (loaded.config.storage === undefined)
    return [skipped('', 'SQLite in the data folder; the config names no storage.')];
  if (storage === undefined || !isWhole) return [skipped('', 'Its address can’t be read; see “config”.')];
  const subject = storage.host.startsWith('/') ? storage.host : `${storage.host}:${storage.port}`;
  const looked = await inTime(async (signal) => {
    const client = await openPostgresClient(storage, { migrations: [], statementMs: answerMs });
    signal.addEventListener('abort', () => void client.close(), { once: true });
    try {
      return await lookInside(client, subject);
    } finally {
      await client.close();
    }
  });
  if (looked.status === 'done') return looked.result;
  if (looked.status === 'late')
    return [failure(subject, 'It doesn’t answer in time.', 'Look at the database and the network to it.')];
  if (looked.error instanceof AccessError) return [failure(subject, looked.error.message, 'See docs/storage.md.')];
  return [
    failure(
      subject,
      `It can’t be used: ${reasonOf(looked.error)}.`,
      'Look whether PostgreSQL runs and takes this user (pg_hba.conf), and at “storage” in the config.',
    ),
  ];
}

async function lookInside(client: PostgresClient, subject: string): Promise<readonly Look[]> {
  const askedAtMs = Date.now();
  const about = await client.query(
    `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
      to_regclass('causeway_schema') IS NOT NULL AS made,
      extract(epoch FROM clock_timestamp()) * 1000 AS clock`,
  );
  const answeredAtMs = Date.now();
  const { version, standby, made, clock } = about.rows[0] ?? {};
  const looks = [
    fine(subject, `PostgreSQL ${String(version)} answers.`),
    ...serverClock(subject, aheadMs(Number(clock), askedAtMs, answeredAtMs)),
  ];
  if (standby === true)
    looks.push(failure(subject, 'It is a standby, which takes no changes.', 'Name the primary under “storage”.'));
  if (made !== true)
    return [
      ...looks,
      warning(subject, 'It has no tables of the relay.', 'The relay makes them at its next start, if its user may.'),
    ];
  const { rows } = await client.query('SELECT domain, version FROM causeway_schema');
  const versions = new Map(rows.map((row) => [String(row['domain']), Number(row['version'])]));
  return [...looks, ...schemaLooks(subject, versions)];
}

function schemaLooks(subject: string, versions: ReadonlyMap<string, number>): readonly Look[] {
  // Those of the audit are made when the first record goes there.
  const domains = [...storedDomains, ...(versions.has(auditTables.domain) ? [auditTables] : [])];
  const newer = domains.filter(({ domain, steps }) => (versions.get(domain) ?? 0) > steps.length);
  const older = domains.filter(({ domain, steps }) => (versions.get(domain) ?? 0) < steps.length);
  const named = (some: typeof domains): string => some.map(({ domain }) => domain).join(', ');
  if (newer.length > 0)
    return [
      failure(
        subject,
        `A newer relay has made these tables: ${named(newer)}.`,
        'Run that relay, or put the backup back.',
      ),
    ];
  if (older.length > 0)
    return [
      warning(
        subject,
        `These tables are of an older relay: ${named(older)}.`,
        'The relay brings them up to date at its next start.',
      ),
    ];
  return [fine(subject, 'Its tables are of this version.')];
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return connectionFailure(error.errors[0]);
  return error instanceof Error ? connectionFailureOr(error) : String(error);
}

/** PostgreSQL’s own refusals have codes, too, and say more in their words. */
function connectionFailureOr(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^[0-9A-Z]{5}$/.test(code) ? error.message : connectionFailure(error);
}
