import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import { openRevocationFile } from '../identity/stored-revocations.ts';
import { createOutboxWriter } from '../acts/outbox.ts';

/** Puts what administrators did on the command line into the audit, from the start on and as it happens. */
export function recordActs(options: {
  readonly dataDir: string;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** How often acts are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}): { close(): void } {
  const { dataDir, audit, log, pollMs = 250 } = options;
  const file = openRevocationFile(dataDir);
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
  const poll = setInterval(look, pollMs).unref();
  return {
    close() {
      clearInterval(poll);
      file.close();
    },
  };
}
