import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';

/**
 * Tables of the search over all relays: how far each audit was looked at, what is known of people, and what was found. Values
 * are JSON texts, which hold every character.
 */
export const anomalyMigrations: DomainMigrations = {
  domain: 'anomalies',
  steps: [
    `
    CREATE TABLE anomaly_place (relay text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL);
    CREATE TABLE anomaly_seen (
      id text COLLATE "C" PRIMARY KEY, person text NOT NULL, trait text NOT NULL, value text NOT NULL,
      first_ms bigint NOT NULL, last_ms bigint NOT NULL
    );
    CREATE TABLE anomaly_finding (
      id text COLLATE "C" PRIMARY KEY, time_ms bigint NOT NULL, record text NOT NULL, recorded boolean NOT NULL
    );
    CREATE INDEX anomaly_finding_time ON anomaly_finding (time_ms);
    CREATE INDEX anomaly_finding_waits ON anomaly_finding (time_ms) WHERE NOT recorded;
    `,
  ],
};
