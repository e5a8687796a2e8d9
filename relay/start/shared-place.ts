import { relayIdOf } from '../audit/relay-id.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** The PostgreSQL of a config, and by what name this relay is known there; null where state is in the data folder. */
export function sharedPlaceOf({
  config,
  storage,
}: LoadedConfig): { readonly postgres: PostgresSettings; readonly relay: string } | null {
  return storage === undefined ? null : { postgres: storage, relay: relayIdOf(config.relay.data, config.relay.id) };
}
