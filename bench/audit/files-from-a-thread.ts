import { Worker } from 'node:worker_threads';
import type { AuditLog } from '../../relay/audit/audit-record.ts';
import {
  type AuditLogOptions,
  createAuditLog as openAuditLog,
  type RecordTaker,
} from '../../relay/audit/create-audit-log.ts';
import type { FileWriterData } from './file-writer-thread.ts';

/** The audit with a thread that writes a file first; `appends` is false for one that only keeps the table up to date. */
export function createAuditLog(options: AuditLogOptions, appends = true): Promise<AuditLog & RecordTaker> {
  return openAuditLog({
    ...options,
    startWorker: (data) =>
      new Worker(new URL('./file-writer-thread.ts', import.meta.url), {
        workerData: { ...data, appends } satisfies FileWriterData,
        execArgv: [],
        name: 'audit',
      }),
  });
}
