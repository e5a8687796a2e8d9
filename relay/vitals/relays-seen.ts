import { type ColumnType, sql } from 'kysely';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import { type RelayState, relayStateSchema } from './relay-state.ts';

interface RelayTables {
  readonly relay_seen: {
    readonly relay: string;
    readonly at_ms: ColumnType<string, number, number>;
    readonly content: string;
  };
  readonly relay_order: { readonly relay: string; readonly content: string };
}

export const relayMigrations: DomainMigrations = {
  domain: 'relays',
  steps: [
    'CREATE TABLE relay_seen (relay text PRIMARY KEY, at_ms bigint NOT NULL, content text NOT NULL)',
    'CREATE TABLE relay_order (relay text PRIMARY KEY, content text NOT NULL)',
  ],
};

/** Relays that haven’t said anything for so long are forgotten. */
export const forgottenMs = 7 * 86_400_000;
export const mostRelays = 1000;

/** How relays that share a storage were, as each said last. */
export interface RelaysSeen {
  say(state: RelayState): Promise<void>;
  /** By id. */
  list(): Promise<readonly RelayState[]>;
  /** Leaves an order for a relay or one of its workers at their {@link orderPlace}; at each the last one stands. */
  order(place: string, text: string): Promise<void>;
  /** What stands at each of these places, if anything does. */
  ordersAt(places: readonly string[]): Promise<readonly (string | null)[]>;
}

/** The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can't be used. */
export function openRelaysSeen(storage: PostgresConnection): RelaysSeen {
  return {
    say: (state) =>
      storage.run<RelayTables, void>(async (database) => {
        const row = { at_ms: Math.round(state.atMs), content: storable(JSON.stringify(state)) };
        await database
          .insertInto('relay_seen')
          .values({ relay: storable(state.id), ...row })
          .onConflict((conflict) => {
            const update = conflict.column('relay').doUpdateSet(row);
            // A last word that comes late says nothing of the process that has followed under the same id.
            return state.stopped === true ? update.whereRef('relay_seen.at_ms', '<=', 'excluded.at_ms') : update;
          })
          .execute();
        await database
          .deleteFrom('relay_seen')
          .where('at_ms', '<', String(Math.round(state.atMs - forgottenMs)))
          .execute();
      }),
    list: () =>
      storage.run<RelayTables, readonly RelayState[]>(async (database) => {
        const rows = await database
          .selectFrom('relay_seen')
          .select('content')
          .orderBy(sql`relay COLLATE "C"`)
          .limit(mostRelays)
          .execute();
        return rows.flatMap(({ content }) => {
          // One of another version may say other things.
          const { data } = relayStateSchema.safeParse(JSON.parse(content));
          return data === undefined ? [] : [data];
        });
      }),
    order: (place, text) =>
      storage.run<RelayTables, void>(async (database) => {
        const row = { content: storable(text) };
        await database
          .insertInto('relay_order')
          .values({ relay: storable(place), ...row })
          .onConflict((conflict) => conflict.column('relay').doUpdateSet(row))
          .execute();
      }),
    ordersAt: (places) =>
      storage.run<RelayTables, readonly (string | null)[]>(async (database) => {
        const rows = await database
          .selectFrom('relay_order')
          .selectAll()
          .where('relay', 'in', [...places])
          .execute();
        return places.map((place) => rows.find(({ relay }) => relay === place)?.content ?? null);
      }),
  };
}
