import { actMigrations } from '../acts/postgres-acts.ts';
import { takenKeyMigrations } from '../acts/shared-taken-keys.ts';
import { anomalyMigrations } from '../anomalies/shared-tables.ts';
import { keyMigrations } from '../audit/keys/shared-key-tables.ts';
import { breakGlassMigrations } from '../break-glass/share-accounts.ts';
import { grantMigrations } from '../grants/postgres-grant-store.ts';
import { revocationMigrations } from '../identity/postgres-revocations.ts';
import { signalMigrations } from '../signals/postgres-signals.ts';
import { noticeMigrations } from '../notify/postgres-notices.ts';
import { usageMigrations } from '../reports/postgres-usage-tables.ts';
import { revisionMigrations } from '../revisions/postgres-revisions.ts';
import { lockMigrations } from '../sessions/postgres-locks.ts';
import { sessionMigrations } from '../sessions/postgres-session-store.ts';
import { changeMigrations } from '../storage/changes.ts';
import { relayMigrations } from '../vitals/relays-seen.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';

/** The tables of all domains that keep something in PostgreSQL. */
export const storedDomains: readonly DomainMigrations[] = [
  changeMigrations,
  actMigrations,
  grantMigrations,
  revocationMigrations,
  lockMigrations,
  sessionMigrations,
  revisionMigrations,
  usageMigrations,
  anomalyMigrations,
  relayMigrations,
  noticeMigrations,
  breakGlassMigrations,
  signalMigrations,
  keyMigrations,
  takenKeyMigrations,
];
