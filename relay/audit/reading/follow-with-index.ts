import type { Logger } from 'pino';
import { startThread, type StartThread, type Thread } from '../../programs/start-thread.ts';

/** What the indexing thread is told when it starts. */
export interface IndexThreadData {
  readonly dataDir: string;
  readonly everyMs: number;
}

/** How often it is looked for records without an index, how soon after a failure, and where; by default in this process. */
interface IndexOptions {
  readonly everyMs?: number;
  readonly restartMs?: number;
  readonly start?: StartThread;
}

/**
 * Keeps the index of a data folder close behind its records, in a thread that yields to all others: the index holds up
 * no request, and whoever only reads finds it made.
 */
export function followWithIndex(
  dataDir: string,
  log: Logger,
  { everyMs = 5000, restartMs = 10_000, start = startThread }: IndexOptions = {},
): { close(): Promise<void> } {
  let thread: Thread | undefined;
  let closing = false;
  const run = (): void => {
    const started = start('index-thread', 'index', { dataDir, everyMs } satisfies IndexThreadData);
    thread = started;
    started.unref();
    started.on('message', (reason: string) => log.warn({ reason }, 'the index of the audit can’t be written'));
    started.on('error', (err) =>
      log.warn({ err }, 'the index of the audit isn’t kept for now; reading takes longer until it is again'),
    );
    started.on('exit', () => {
      thread = undefined;
      if (!closing) timer = setTimeout(run, restartMs).unref();
    });
  };
  let timer = setTimeout(run, everyMs).unref();
  return {
    async close() {
      closing = true;
      clearTimeout(timer);
      await thread?.terminate();
    },
  };
}
