import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openIndex } from './audit-index.ts';
import type { IndexThreadData } from './follow-with-index.ts';
import { openForReading } from '../open-audit.ts';

/** After a failed write, such as on a full disk, it waits so many times as long. */
const slowerAfterFailure = 12;

function run({ dataDir, everyMs }: IndexThreadData, from?: number): void {
  let next = from;
  let due = everyMs;
  try {
    const database = openForReading(dataDir);
    try {
      const index = openIndex(dataDir, database);
      index.dropCut();
      const missing = index.nextMissing(from);
      next = missing ?? index.range?.last;
      if (missing !== null) {
        index.write(missing);
        due = 0;
      }
    } finally {
      database.close();
    }
  } catch (error) {
    due = everyMs * slowerAfterFailure;
    parentPort?.postMessage(error instanceof Error ? error.message : String(error));
  }
  setTimeout(() => run({ dataDir, everyMs }, next), due);
}

// Linux counts priorities by thread; elsewhere the whole process would yield.
if (process.platform === 'linux') setPriority(19);
run(workerData as IndexThreadData);
