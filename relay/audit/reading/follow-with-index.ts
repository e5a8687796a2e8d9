import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { programFile } from '../../programs/program-file.ts';

/** What the indexing thread is told when it starts. */
export interface IndexThreadData {
  readonly dataDir: string;
  readonly everyMs: number;
}

/**
 * Keeps the index of a data folder close behind its records, in a thread that yields to all others: the index holds up
 * no request, and whoever only reads finds it made.
 */
export function followWithIndex(dataDir: string, log: Logger, everyMs = 5000): { close(): Promise<void> } {
  let thread: Worker | undefined;
  const start = setTimeout(() => {
    const workerData: IndexThreadData = { dataDir, everyMs };
    thread = new Worker(programFile('index-thread'), { workerData, execArgv: [], name: 'index' });
    thread.unref();
    thread.on('message', (reason: string) => log.warn({ reason }, 'the index of the audit can’t be written'));
    thread.on('error', (err) => log.warn({ err }, 'the index of the audit is no longer kept; reading takes longer'));
  }, everyMs);
  start.unref();
  return {
    async close() {
      clearTimeout(start);
      await thread?.terminate();
    },
  };
}
