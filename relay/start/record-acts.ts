import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { auditFiles } from '../audit/audit-files.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { ActTable } from '../acts/act-table.ts';
import { openKeyEraser } from '../erasure/key-eraser.ts';
import { openRevocationFile, revocationFile } from '../identity/stored-revocations.ts';
import { pollDatabase } from '../storage/poll-database.ts';
import { createOutboxWriter } from '../acts/outbox.ts';

/** Puts what administrators did on the command line into the audit, from the start on and as it happens. */
export function recordActs(options: {
  readonly dataDir: string;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** How often acts are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}): { close(): void } {
  const { keys } = auditFiles(options.dataDir);
  const files: (readonly [path: string, file: ActFile])[] = [
    [join(options.dataDir, revocationFile), openRevocationFile(options.dataDir)],
  ];
  if (existsSync(keys)) files.push([keys, openKeyEraser(keys)]);
  const recording = files.map(([path, file]) => recordFrom(path, file, options));
  return {
    close() {
      for (const each of recording) each.close();
    },
  };
}

/** A file that acts and their records are committed to together. */
interface ActFile {
  readonly acts: ActTable;
  version(): number;
  close(): void;
}

function recordFrom(path: string, file: ActFile, options: Parameters<typeof recordActs>[0]): { close(): void } {
  const { dataDir, audit, log, pollMs = 250 } = options;
  const writer = createOutboxWriter(file.acts, { audit, dataDir, log });
  let version = file.version();
  const look = (): void => {
    try {
      const current = file.version();
      if (current === version && !(writer.isBehind && audit.healthy)) return;
      writer.write();
      version = current;
    } catch (error) {
      log.error({ err: error }, 'administrators’ acts can’t be read');
    }
  };
  writer.write();
  const poll = pollDatabase(path, pollMs, look);
  return {
    close() {
      poll.close();
      file.close();
    },
  };
}
