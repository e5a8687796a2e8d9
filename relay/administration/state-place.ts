import type { RedisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** Where a relay keeps what administrators change. */
export interface StatePlace {
  readonly dataDir: string;
  /** Where relays share it; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  /** Where relays keep it together instead. */
  readonly storage?: PostgresSettings | undefined;
}

/** What became of an act that is in force. */
export interface ActOutcome {
  /** False when its record waits for whoever can write the audit again. */
  readonly isRecorded: boolean;
  /** Why other relays couldn't be told now; null when they know. */
  readonly untold: Error | null;
}
