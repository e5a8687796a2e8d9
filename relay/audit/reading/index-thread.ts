import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { auditFiles } from '../audit-files.ts';
import { createRevealer } from '../keys/revealer.ts';
import { openIndex } from './audit-index.ts';
import type { IndexThreadData } from './follow-with-index.ts';
import { openForReading } from '../open-audit.ts';

/** After a failed write, such as on a full disk, it waits so many times as long. */
const slowerAfterFailure = 12;

function run({ dataDir, everyMs }: IndexThreadData, from?: number, known = 0): void {
  let next = from;
  let due = everyMs;
  let erasures = known;
  try {
    const database = openForReading(dataDir);
    const revealer = createRevealer(auditFiles(dataDir).keys);
    try {
      const index = openIndex(dataDir, database, revealer);
      index.dropCut();
      erasures = revealer.erasures();
      const isErased = erasures !== known && index.dropErased() > 0;
      const missing = index.nextMissing(isErased ? undefined : from);
      next = missing ?? index.range?.last;
      if (missing !== null) {
        index.write(missing);
        due = 0;
      }
    } finally {
      revealer.close();
      database.close();
    }
  } catch (error) {
    due = everyMs * slowerAfterFailure;
    parentPort?.postMessage(error instanceof Error ? error.message : String(error));
  }
  setTimeout(() => run({ dataDir, everyMs }, next, erasures), due);
}

// Linux counts priorities by thread; elsewhere the whole process would yield.
if (process.platform === 'linux') setPriority(19);
run(workerData as IndexThreadData);
