import { existsSync } from 'node:fs';
import { pino } from 'pino';
import { auditFiles } from '../audit/audit-files.ts';
import { auditTables } from '../audit/shared/tables.ts';
import { grantFile } from '../grants/grant-store.ts';
import { revocationFile } from '../identity/stored-revocations.ts';
import { usageFile } from '../reports/open-usage.ts';
import { postgresUsage } from '../reports/postgres-usage.ts';
import { revisionFile } from '../revisions/revision-store.ts';
import { sessionFile } from '../sessions/session-database.ts';
import { connectPostgres, type PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { areUpToDate, type DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { storedDomains } from '../stored/stored-domains.ts';
import { auditPart } from './audit-part.ts';
import { configsPart } from './configs-part.ts';
import { copyDatabases } from './copy-databases.ts';
import { grantsPart } from './grants-part.ts';
import { locksPart } from './locks-part.ts';
import { type MovedCount, moveStorage, refuseUnmovable } from './move-storage.ts';
import type { MovedPart, MovePlace } from './moved-part.ts';
import { recordWaitingActs } from './record-waiting-acts.ts';
import { revocationsPart } from './revocations-part.ts';
import { sessionsPart } from './sessions-part.ts';
import { usagePart } from './usage-part.ts';

const tables: readonly DomainMigrations[] = [...storedDomains, auditTables];
/** All that is moved but for the audit, which is too large to be copied. */
const databases: readonly string[] = [sessionFile, revocationFile, grantFile, revisionFile, usageFile];

/** One statement may take a while, because large portions go at once. */
const statementMs = 60_000;

/** As {@link moveStorage}, to a PostgreSQL. */
export async function moveToPostgres(
  place: MovePlace,
  didProgress: Parameters<typeof moveStorage>[0]['didProgress'],
): Promise<readonly MovedCount[]> {
  const { dataDir } = place;
  const postgres = connect(place.postgres, tables);
  try {
    await postgres.untilReady();
    return await moveStorage({
      dataDir,
      recordActs: () => recordWaitingActs(dataDir),
      parts: () => partsOf(dataDir, place, postgres),
      didProgress,
    });
  } finally {
    await postgres.close();
  }
}

/** What there is to move, and how much of it is there. Nothing is changed, here or there. */
export async function lookAtMove(place: MovePlace): Promise<readonly MovedCount[]> {
  const { dataDir } = place;
  refuseUnmovable(dataDir);
  const postgres = connect(place.postgres, []);
  try {
    const hasTables = await postgres.run((database) => areUpToDate(database, tables));
    const copy = await copyDatabases(dataDir, databases);
    try {
      const counts: MovedCount[] = [];
      for (const part of await partsOf(copy.dataDir, place, postgres)) {
        const there = hasTables ? await part.verify() : 0;
        counts.push({ name: part.name, inFolder: part.count, before: there, after: there });
      }
      return counts;
    } finally {
      copy.close();
    }
  } finally {
    await postgres.close();
  }
}

function connect(settings: PostgresSettings, migrations: readonly DomainMigrations[]): PostgresConnection {
  return connectPostgres(settings, pino({ level: 'silent' }), { migrations, maxConnections: 2, statementMs });
}

/** What shuts out goes first. @param place with the folder that the audit is in, also where the rest was copied */
async function partsOf(dataDir: string, place: MovePlace, postgres: PostgresConnection): Promise<readonly MovedPart[]> {
  return [
    locksPart(dataDir, postgres),
    revocationsPart(dataDir, postgres),
    grantsPart(dataDir, postgres),
    sessionsPart(dataDir, postgres),
    configsPart(dataDir, postgres, place.relay),
    await usagePart(dataDir, postgresUsage(postgres, place.relay)),
    ...(existsSync(auditFiles(place.dataDir).database) ? [auditPart(place, postgres)] : []),
  ];
}
