import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { openUsageStore } from './sqlite-usage.ts';
import type { UsageStore } from './usage-store.ts';

/** The PostgreSQL of several relays, and the id of this one. */
export interface SharedCountsPlace {
  readonly postgres: PostgresSettings;
  readonly relay: string;
}

/** Where the audit of a relay is counted to; plain data. */
export interface CountsPlace {
  readonly dataDir: string;
  /** Null for `usage.db` in the data folder. */
  readonly shared: SharedCountsPlace | null;
}

/**
 * Opens the counts that reports are answered from.
 * @throws AccessError `bad-config` when a newer relay has made them; those in PostgreSQL say so when they are used
 */
export async function openCounts({ dataDir, shared }: CountsPlace): Promise<UsageStore> {
  if (shared === null) return openUsageStore(dataDir);
  // Only where it is needed: loading it takes as long as all the rest.
  const { openSharedCounts } = await import('./open-shared-counts.ts');
  return openSharedCounts(shared);
}
