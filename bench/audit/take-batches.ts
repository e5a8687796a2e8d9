import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ToAuditWorker } from '../../relay/audit/audit-messages.ts';

/** What waits at a writing thread’s port at one moment. */
export interface TakenBatches {
  /** Lines, batch by batch. */
  readonly texts: readonly string[];
  /** The last of the batches. */
  readonly upToBatch: number;
  /** Whether the thread is to end, after them. */
  readonly isClosing: boolean;
}

/** Takes a message and all that wait behind it. */
export function takeBatches(port: MessagePort, first: ToAuditWorker): TakenBatches {
  const texts: string[] = [];
  let upToBatch = 0;
  let message: ToAuditWorker | undefined = first;
  for (; message?.type === 'write'; message = receiveMessageOnPort(port)?.message as ToAuditWorker | undefined) {
    upToBatch = message.batch;
    texts.push(message.lines);
  }
  return { texts, upToBatch, isClosing: message?.type === 'close' };
}
