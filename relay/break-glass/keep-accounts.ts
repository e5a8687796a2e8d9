import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import { type SecretNow, sharedSeal } from '../shared-state/shared-secret.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { openBreakGlassStore } from './break-glass-store.ts';
import { recordNotes } from './record-notes.ts';
import { shareAccounts } from './share-accounts.ts';

/** What one process of a relay does for the accounts of its own: their acts go into the audit, and they to other relays. */
export function keepAccounts(options: {
  readonly config: Pick<Config, 'relay'>;
  readonly secret: SecretNow;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Null where relays share no storage. */
  readonly storage: PostgresConnection | null;
}): { close(): void } {
  const { config, secret, audit, log, storage } = options;
  const store = openBreakGlassStore(config.relay.data, Date.now);
  const notes = recordNotes({ store, audit, log });
  const seal = sharedSeal(secret, 'break-glass accounts');
  const sharing = storage === null || seal === undefined ? null : shareAccounts({ storage, store, seal, log });
  return {
    close() {
      sharing?.close();
      notes.close();
      store.close();
    },
  };
}
