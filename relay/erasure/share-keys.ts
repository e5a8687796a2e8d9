import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { auditFiles } from '../audit/audit-files.ts';
import type { SealingSettings } from '../audit/keys/key-store.ts';
import { programFile } from '../programs/program-file.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** What the thread is told when it starts. */
export interface ForgettingData {
  readonly dataDir: string;
  readonly storage: PostgresSettings;
  readonly relay: string;
  readonly refusedDays: number | undefined;
  readonly everyMs: number;
}

/**
 * Keeps the keys of this relay’s audit and those in the storage the same, and forgets whom any relay erased, in a thread of its
 * own; null where nothing is, or ever was, to be sealed.
 */
export function shareKeys(
  given: Pick<ForgettingData, 'dataDir' | 'storage' | 'relay'> & { readonly sealing: SealingSettings },
  log: Logger,
  everyMs = 1000,
): { close(): Promise<void> } | null {
  const { dataDir, storage, relay, sealing } = given;
  const isWanted = sealing.erasable || sealing.refusedDays !== undefined;
  if (!isWanted && !existsSync(auditFiles(dataDir).keys)) return null;
  const workerData: ForgettingData = { dataDir, storage, relay, refusedDays: sealing.refusedDays, everyMs };
  const thread = new Worker(programFile('forgetting-thread'), { workerData, execArgv: [], name: 'keys' });
  thread.unref();
  thread.on('message', (reason: string) =>
    log.warn({ reason }, 'keys of the audit can’t be shared: other readers say sealed-… until they can'),
  );
  thread.on('error', (err) => log.error({ err }, 'keys of the audit are no longer shared, and nobody is forgotten'));
  return {
    async close() {
      await thread.terminate();
    },
  };
}
