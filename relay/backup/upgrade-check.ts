import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refusesVersion } from '../policy/client-version.ts';
import type { ClientPolicy } from '../config/client-policy.ts';
import { sessionFile } from '../sessions/session-database.ts';
import { parseSession } from '../sessions/session-record.ts';
import { sqliteVersion } from '../storage/migrate-sqlite.ts';
import { openToRead } from '../storage/open-to-read.ts';
import { openPostgresClient } from '../storage/postgres/postgres-client.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { storedDomains } from '../stored/stored-domains.ts';
import { keptDatabases } from './kept-databases.ts';

/** How a schema stands towards this version of the relay. */
export interface SchemaFinding {
  /** A file, or a domain of the tables in PostgreSQL. */
  readonly name: string;
  readonly what: string;
  readonly found: number;
  readonly known: number;
  readonly verdict: 'as-it-is' | 'migrates' | 'newer';
}

/** Clients of one version that were here within 30 days. */
export interface ClientFinding {
  readonly version: string;
  readonly sessions: number;
  /** Whether the config would turn them away. */
  readonly isRefused: boolean;
}

/** What an upgrade to this version would meet. */
export interface UpgradeFindings {
  readonly schemas: readonly SchemaFinding[];
  readonly clients: readonly ClientFinding[];
}

export interface UpgradeCheckOptions {
  readonly dataDir: string;
  readonly storage: PostgresSettings | undefined;
  readonly clientPolicy: ClientPolicy;
  readonly nowMs: number;
}

const clientDays = 30;
const dayMs = 86_400_000;

/**
 * Looks at what a relay, which may run meanwhile and may be of another version, keeps. Changes nothing.
 * @throws what PostgreSQL or the network says when the storage can’t be read
 */
export async function checkUpgrade(options: UpgradeCheckOptions): Promise<UpgradeFindings> {
  const { dataDir, storage, clientPolicy, nowMs } = options;
  const sinceMs = nowMs - clientDays * dayMs;
  const local = schemasIn(dataDir);
  if (storage === undefined) return { schemas: local, clients: clientsOf(sessionsIn(dataDir, sinceMs), clientPolicy) };
  const shared = await lookAtStorage(storage, sinceMs);
  return { schemas: [...local, ...shared.schemas], clients: clientsOf(shared.sessions, clientPolicy) };
}

function verdictOn(name: string, what: string, found: number, known: number): SchemaFinding {
  const verdict = found > known ? 'newer' : found < known ? 'migrates' : 'as-it-is';
  return { name, what, found, known, verdict };
}

function schemasIn(dataDir: string): readonly SchemaFinding[] {
  return keptDatabases.flatMap(({ name, what, schema }) => {
    const path = join(dataDir, name);
    if (!existsSync(path)) return [];
    const database = openToRead(path);
    try {
      return [verdictOn(name, what, sqliteVersion(database), schema)];
    } finally {
      database.close();
    }
  });
}

function sessionsIn(dataDir: string, sinceMs: number): readonly string[] {
  const path = join(dataDir, sessionFile);
  if (!existsSync(path)) return [];
  const database = openToRead(path);
  try {
    if (sqliteVersion(database) === 0) return [];
    const rows = database.prepare('SELECT content FROM session WHERE last_used_at_ms >= ?').all(sinceMs);
    return rows.map((row) => String(row['content']));
  } finally {
    database.close();
  }
}

async function lookAtStorage(
  storage: PostgresSettings,
  sinceMs: number,
): Promise<{ readonly schemas: readonly SchemaFinding[]; readonly sessions: readonly string[] }> {
  const client = await openPostgresClient(storage, { migrations: [], statementMs: 10_000 });
  try {
    const { rows: found } = await client.query(`SELECT to_regclass('causeway_schema') IS NOT NULL AS is_there`);
    if (found[0]?.['is_there'] !== true) return { schemas: [], sessions: [] };
    const { rows } = await client.query('SELECT domain, version FROM causeway_schema');
    const versions = new Map(rows.map((row) => [String(row['domain']), Number(row['version'])]));
    const schemas = storedDomains.map(({ domain, steps }) =>
      verdictOn(`PostgreSQL ${domain}`, domain, versions.get(domain) ?? 0, steps.length),
    );
    if (!versions.has('sessions')) return { schemas, sessions: [] };
    const sessions = await client.query('SELECT content FROM session WHERE last_used_at_ms >= $1', [sinceMs]);
    return { schemas, sessions: sessions.rows.map((row) => String(row['content'])) };
  } finally {
    await client.close();
  }
}

function clientsOf(sessions: readonly string[], policy: ClientPolicy): readonly ClientFinding[] {
  const counts = new Map<string, number>();
  for (const content of sessions) {
    const version = parseSession(content)?.device.appVersion ?? '';
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([version, count]) => ({ version, sessions: count, isRefused: refusesVersion(policy, version) !== null }));
}
