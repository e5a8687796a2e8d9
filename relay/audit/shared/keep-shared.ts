import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { programFile } from '../../programs/program-file.ts';

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
  everyMs = 5000,
): { close(): Promise<void> } {
  const workerData: KeeperData = { ...data, everyMs };
  const thread = new Worker(programFile('keeper-thread'), {
    workerData,
    execArgv: [],
    name: 'shared-audit',
  });
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
