import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { AuditLog, QueueCounts } from '../audit/audit-record.ts';
import type { FromAuditWorker, ToAuditWorker } from '../audit/audit-messages.ts';
import { createAuditLog } from '../audit/create-audit-log.ts';
import type { PrimaryLink } from './primary-link.ts';

/**
 * The audit as a worker sees it: gathers, bounds and waits like the relay's own, but writes into the one log of the
 * primary process, which says when records are durable.
 */
export function createRemoteAudit(link: PrimaryLink, dataDir: string, log: Logger): Promise<AuditLog & QueueCounts> {
  return createAuditLog({ dataDir, log, startWorker: () => new PrimaryAsWriter(link) as unknown as Worker });
}

/** The primary process in the place of the writing thread; as much of a thread as the log uses. */
class PrimaryAsWriter extends EventEmitter {
  readonly #link: PrimaryLink;

  constructor(link: PrimaryLink) {
    super();
    this.#link = link;
    link.onMessage((message) => {
      if (message.type === 'audit') this.emit('message', message.message);
    });
    const opened: FromAuditWorker = { type: 'opened', seq: 0, warning: null };
    queueMicrotask(() => this.emit('message', opened));
  }

  postMessage(message: ToAuditWorker): void {
    this.#link.post({ type: 'audit', message });
  }

  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
}
