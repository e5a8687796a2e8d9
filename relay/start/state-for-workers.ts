import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Config } from '../config/config-schema.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { startGrants } from '../grants/grants.ts';
import { startLocks } from '../sessions/start-locks.ts';
import type { StoredState } from './open-storage.ts';
import type { Notify } from '../notify/start-notify.ts';
import { actsOf, notifyOfRelay, storedStateOf } from './optional-parts.ts';

const nothing = (): void => undefined;

/**
 * What the primary process does for its workers with what outlasts them all: the audit of acts, and ends of grants. The
 * workers read it for their decisions by themselves.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export async function stateForWorkers(
  first: LoadedConfig,
  audit: AuditLog,
  config: () => Config,
  log: Logger,
): Promise<{
  readonly stored: StoredState | null;
  readonly notify: Notify;
  configChanged(): void;
  close(): Promise<void>;
}> {
  const dataDir = first.config.relay.data;
  const stored = await storedStateOf(first, log, { onRevoked: nothing, onBlind: nothing, onTold: nothing });
  const notify = notifyOfRelay(first, stored, log, { sends: true });
  const telling = notify.telling(audit);
  if (stored !== null) {
    const acts = actsOf(stored, { dataDir, audit: telling, log });
    return {
      stored,
      notify,
      configChanged: nothing,
      async close() {
        await notify.close();
        acts.close();
        await stored.close();
      },
    };
  }
  const grants = startGrants({ dataDir, config, audit: telling, log, onChange: nothing });
  // For the audit: the workers have locks of their own.
  const locks = startLocks({ dataDir, audit, log, onChange: nothing });
  // The workers share these files: made here, so that no two of them make one at the same time.
  const acts = actsOf(null, { dataDir, audit, log });
  return {
    stored: null,
    notify,
    configChanged: () => grants.configChanged(),
    async close() {
      await notify.close();
      locks.close();
      grants.close();
      acts.close();
    },
  };
}
