import type { Logger } from 'pino';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { startThread, type StartThread } from '../../programs/start-thread.ts';

/** What the thread is told when it starts. */
export interface KeeperData {
  readonly storage: PostgresSettings;
  readonly relay: string;
  readonly keepDays: number | undefined;
  readonly everyMs: number;
}

/**
 * Keeps the audit of all relays in PostgreSQL in order, in a thread that yields to all others: makes days ahead, indexes
 * this relay's records, and drops days that are old enough.
 */
export function keepSharedAudit(
  data: Omit<KeeperData, 'everyMs'>,
  log: Logger,
  { everyMs = 5000, start = startThread }: { readonly everyMs?: number; readonly start?: StartThread } = {},
): { close(): Promise<void> } {
  const workerData: KeeperData = { ...data, everyMs };
  const thread = start('keeper-thread', 'shared-audit', workerData);
  thread.unref();
  thread.on('message', (reason: string) =>
    log.warn({ reason }, 'the audit in PostgreSQL can’t be indexed, nor old days dropped'),
  );
  thread.on('error', (err) => log.warn({ err }, 'the audit in PostgreSQL is no longer indexed; reading takes longer'));
  return {
    async close() {
      await thread.terminate();
    },
  };
}
