import type { Logger } from 'pino';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { startThread, type StartThread, type Thread } from '../../programs/start-thread.ts';

/** What the thread is told when it starts. */
export interface KeeperData {
  readonly storage: PostgresSettings;
  readonly relay: string;
  readonly keepDays: number | undefined;
  readonly everyMs: number;
}

/** How often it is looked for what is to be done, how soon after a failure, and where; by default in this process. */
interface KeeperOptions {
  readonly everyMs?: number;
  readonly restartMs?: number;
  readonly start?: StartThread;
}

/**
 * Keeps the audit of all relays in PostgreSQL in order, in a thread that yields to all others: makes days ahead, indexes
 * this relay's records, and drops days that are old enough.
 */
export function keepSharedAudit(
  data: Omit<KeeperData, 'everyMs'>,
  log: Logger,
  { everyMs = 5000, restartMs = 10_000, start = startThread }: KeeperOptions = {},
): { close(): Promise<void> } {
  const workerData: KeeperData = { ...data, everyMs };
  let thread: Thread | undefined;
  let restart: NodeJS.Timeout | undefined;
  let closing = false;
  const run = (): void => {
    const started = start('keeper-thread', 'shared-audit', workerData);
    thread = started;
    started.unref();
    started.on('message', (reason: string) =>
      log.warn({ reason }, 'the audit in PostgreSQL can’t be indexed, nor old days dropped'),
    );
    started.on('error', (err) =>
      log.warn(
        { err },
        'the audit in PostgreSQL isn’t indexed, nor are old days dropped, until that begins again soon',
      ),
    );
    started.on('exit', () => {
      thread = undefined;
      if (!closing) restart = setTimeout(run, restartMs).unref();
    });
  };
  run();
  return {
    async close() {
      closing = true;
      clearTimeout(restart);
      await thread?.terminate();
    },
  };
}
