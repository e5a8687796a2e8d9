import { sql } from 'kysely';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import { claimMs, noted, type SignalStore, tokenKey, type TransmitterState } from './signal-store.ts';

/** Tokens that were acted on by any of the relays, and how transmitters fare. */
export const signalMigrations: DomainMigrations = {
  domain: 'signals',
  steps: [
    `CREATE TABLE signal_token (id text PRIMARY KEY, at_ms bigint NOT NULL, done boolean NOT NULL);
     CREATE INDEX signal_token_at ON signal_token (at_ms);
     CREATE TABLE signal_transmitter (name text PRIMARY KEY, content text NOT NULL)`,
  ],
};

/** The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can’t be used. */
export function openPostgresSignals(storage: PostgresConnection): SignalStore {
  return {
    async claim(name, jti, nowMs) {
      const id = tokenKey(name, jti);
      const { rows } = await storage.run((database) =>
        sql`INSERT INTO signal_token VALUES (${id}, ${nowMs}, false)
          ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms
          WHERE NOT signal_token.done AND signal_token.at_ms <= ${nowMs - claimMs} RETURNING id`.execute(database),
      );
      if (rows.length > 0) return 'new';
      const { rows: known } = await storage.run((database) =>
        sql<{ done: boolean }>`SELECT done FROM signal_token WHERE id = ${id}`.execute(database),
      );
      return known[0]?.done === true ? 'done' : 'under-way';
    },
    async done(name, jti, nowMs, rememberMs) {
      await storage.run((database) =>
        sql`INSERT INTO signal_token VALUES (${tokenKey(name, jti)}, ${nowMs}, true)
          ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, done = true`.execute(database),
      );
      await storage.run((database) =>
        sql`DELETE FROM signal_token WHERE at_ms <= ${nowMs - rememberMs}`.execute(database),
      );
    },
    async release(name, jti) {
      await storage.run((database) =>
        sql`DELETE FROM signal_token WHERE id = ${tokenKey(name, jti)} AND NOT done`.execute(database),
      );
    },
    async note(name, note, nowMs) {
      await storage.transaction(async (transaction) => {
        // Two relays that count at once must both count.
        await sql`SELECT pg_advisory_xact_lock(hashtext(${`causeway signals ${name}`}))`.execute(transaction);
        const { rows } = await sql<{ content: string }>`
          SELECT content FROM signal_transmitter WHERE name = ${name}`.execute(transaction);
        const before = rows[0] === undefined ? null : (JSON.parse(rows[0].content) as TransmitterState);
        const content = storable(JSON.stringify(noted(name, before, note, nowMs)));
        await sql`INSERT INTO signal_transmitter VALUES (${name}, ${content})
          ON CONFLICT (name) DO UPDATE SET content = excluded.content`.execute(transaction);
      });
    },
    async states() {
      const { rows } = await storage.run((database) =>
        sql<{ content: string }>`SELECT content FROM signal_transmitter ORDER BY name`.execute(database),
      );
      return rows.map(({ content }) => JSON.parse(content) as TransmitterState);
    },
    close: () => undefined,
  };
}
