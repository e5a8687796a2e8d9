import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openPostgresClient, type PostgresClient } from '../../storage/postgres/postgres-client.ts';
import { createIndexKeeper } from './keep-index.ts';
import type { KeeperData } from './keep-shared.ts';
import { dropOldDays, makeDaysAhead } from './retain.ts';
import { auditTables } from './tables.ts';

const daysEveryMs = 600_000;
/** After a failure, such as a PostgreSQL that is away, it waits so many times as long. */
const slowerAfterFailure = 6;

async function run({
  storage,
  relay,
  keepDays,
  everyMs,
  isWanted,
}: KeeperData & { isWanted: () => boolean }): Promise<void> {
  while (isWanted()) {
    let sql: PostgresClient | undefined;
    let waitMs = everyMs;
    try {
      sql = await openPostgresClient(storage, { migrations: [auditTables] });
      await keep(sql, { relay, keepDays, everyMs, isWanted });
    } catch (error) {
      waitMs = everyMs * slowerAfterFailure;
      parentPort?.postMessage(error instanceof Error ? error.message : String(error));
    }
    await sql?.close();
    await pause(waitMs);
  }
}

async function keep(
  sql: PostgresClient,
  { relay, keepDays, everyMs, isWanted }: Omit<KeeperData, 'storage'> & { isWanted: () => boolean },
): Promise<void> {
  const index = createIndexKeeper(sql, relay);
  let daysDueMs = 0;
  while (isWanted()) {
    if (performance.now() >= daysDueMs) {
      await makeDaysAhead(sql);
      if (keepDays !== undefined) await dropOldDays(sql, keepDays);
      daysDueMs = performance.now() + daysEveryMs;
    }
    const didSomething =
      (await index.step()) || (await index.renew()) || (await index.hide()) || (await index.update());
    if (!didSomething) await pause(everyMs);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Linux counts priorities by thread; elsewhere the whole process would yield.
if (process.platform === 'linux') setPriority(19);
let isWanted = true;
parentPort?.on('message', () => (isWanted = false));
void run({ ...(workerData as KeeperData), isWanted: () => isWanted });
