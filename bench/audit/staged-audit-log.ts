import { Worker } from 'node:worker_threads';
import { auditLine } from '../../relay/audit/audit-line.ts';
import type { AuditLog } from '../../relay/audit/audit-record.ts';
import {
  type AuditLogOptions,
  createAuditLog as openAuditLog,
  type RecordTaker,
} from '../../relay/audit/create-audit-log.ts';
import { type Done, nothingGathered } from '../../relay/audit/gathered-records.ts';
import type { RecordStage } from './replaced-audit-log.ts';
import type { StageThreadData } from './stage-thread.ts';

const stage = new URL(import.meta.url).searchParams.get('stage') as RecordStage;

/** The audit of a relay whose records come as far as a stage and are then told of as if they were durable. */
export async function createAuditLog(options: AuditLogOptions): Promise<AuditLog & RecordTaker> {
  const audit = await openAuditLog({
    ...options,
    startWorker: (data) =>
      new Worker(new URL('./stage-thread.ts', import.meta.url), {
        workerData: { ...data, stage } satisfies StageThreadData,
        execArgv: [],
        name: 'audit',
      }),
  });
  return stage === 'lines-made' ? linesMade(audit) : audit;
}

/** Makes lines and what would be posted of a turn, and drops it. */
function linesMade(audit: AuditLog & RecordTaker): AuditLog & RecordTaker {
  let waiting = nothingGathered();
  let made = 0;
  const flush = (): void => {
    const { lines, dones } = waiting;
    waiting = nothingGathered();
    made += Buffer.from(lines.join('\n'), 'latin1').length;
    for (const done of dones) done(null);
  };
  const add = (line: string, done: Done): void => {
    if (waiting.lines.length === 0) setImmediate(flush);
    waiting.lines.push(line);
    waiting.dones.push(done);
  };
  return {
    append: (record, done) => add(auditLine(record), done),
    appendLines: (lines, done) => add(lines, done),
    get healthy() {
      return audit.healthy && made >= 0;
    },
    close: () => audit.close(),
  };
}
