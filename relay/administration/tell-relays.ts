import type { Logger } from 'pino';
import { connectPostgres } from '../storage/postgres/connect-postgres.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { repeatedWork } from '../storage/repeated-work.ts';
import { storedDomains } from '../stored/stored-domains.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import { openRelaysSeen } from '../vitals/relays-seen.ts';

/** How often a relay says how it is. */
export const sayEveryMs = 15_000;

/** Other relays, as each said last. */
export interface ToldRelays {
  /** Without this one. Rejects with AccessError `shared-state-unavailable`. */
  others(): Promise<readonly RelayState[]>;
  /** Says now how this relay is. */
  say(): void;
  close(): Promise<void>;
}

/** Tells the relays that share a storage how this one is, every {@link sayEveryMs}. */
export function tellRelays(settings: PostgresSettings, state: () => RelayState, log: Logger): ToldRelays {
  const storage = connectPostgres(settings, log.child({}, { level: 'silent' }), {
    migrations: storedDomains,
    maxConnections: 1,
  });
  const seen = openRelaysSeen(storage);
  const saying = repeatedWork(() => seen.say(state()));
  const say = (): void => {
    // The relay’s own connection says that the storage is away.
    saying.request().catch((error: unknown) => log.debug({ err: error }, 'other relays hear of this one later'));
  };
  say();
  const timer = setInterval(say, sayEveryMs).unref();
  return {
    async others() {
      const { id } = state();
      return (await seen.list()).filter((relay) => relay.id !== id);
    },
    say,
    async close() {
      clearInterval(timer);
      await storage.close();
    },
  };
}
