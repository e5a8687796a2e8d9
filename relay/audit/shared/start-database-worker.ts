import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { AccessError } from '../../../shared/errors.ts';
import { auditFiles } from '../audit-files.ts';
import type { AuditLogOptions } from '../create-audit-log.ts';
import type { DatabaseWorkerData } from './database-worker.ts';
import { programFile } from '../../programs/program-file.ts';

/**
 * What makes an audit one whose records are durable in PostgreSQL.
 * @throws AccessError `audit-unavailable` when the data folder holds a log of its own, which would be lost by it
 */
export function auditInDatabase(
  dataDir: string,
  given: Pick<DatabaseWorkerData, 'storage' | 'relay' | 'signingKey'>,
): Pick<AuditLogOptions, 'place' | 'startWorker'> {
  if (existsSync(auditFiles(dataDir).signingKey))
    throw new AccessError(
      'audit-unavailable',
      `The data folder ${dataDir} holds a log of its own, and “audit.durable: database” begins another one. Name another folder under relay.data; the old one stays readable with --data.`,
    );
  return {
    place: 'PostgreSQL',
    startWorker: (data) =>
      new Worker(programFile('database-worker'), {
        workerData: {
          ...data,
          ...given,
          signingKey: data.signingKey ?? given.signingKey,
        } satisfies DatabaseWorkerData,
        execArgv: [],
        name: 'audit',
      }),
  };
}
