import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { programFile } from '../programs/program-file.ts';
import { TraceGatherer } from './trace-batch.ts';
import type { TraceReport } from './trace-thread.ts';
import type { RequestTrace } from './traced-request.ts';

/** Sends traces from a thread of its own, which makes the spans. Never holds a request up. */
export interface TraceSender {
  /** Takes a trace, or drops it where too many wait. */
  send(trace: RequestTrace): void;
  /** Sends what waits, but not for long. */
  close(): Promise<void>;
}

export interface TraceSenderOptions {
  readonly version: string;
  readonly log: Logger;
  /** Told what became of requests’ traces. */
  readonly didEnd: (outcome: TraceOutcome, requests: number) => void;
}

/** `exported`: the receiver has it; `failed`: it couldn’t be sent; `dropped`: too many waited. */
export type TraceOutcome = 'exported' | 'failed' | 'dropped';

/** Requests that may wait, here and in the thread. */
const mostWaiting = 4096;
const batchSize = 512;
const gatherMs = 500;
const closeMs = 2000;

export function openTraceSender({ version, log, didEnd }: TraceSenderOptions): TraceSender {
  const gathered = new TraceGatherer(batchSize);
  let underWay = 0;
  let timer: NodeJS.Timeout | null = null;
  let isFailing = false;
  let onIdle: (() => void) | null = null;
  let thread: Worker | null = new Worker(programFile('trace-thread'), { workerData: { version } });
  thread.unref();
  thread.on('message', ({ requests, failure }: TraceReport) => {
    underWay -= requests;
    didEnd(failure === null ? 'exported' : 'failed', requests);
    if (failure !== null && !isFailing) log.warn({ reason: failure }, 'traces can’t be sent');
    if (failure === null && isFailing) log.info('traces can be sent again');
    isFailing = failure !== null;
    if (underWay === 0) onIdle?.();
  });
  thread.on('error', (error) => {
    log.error({ err: error }, 'the thread of traces has ended; no more are sent');
    if (underWay > 0) didEnd('failed', underWay);
    underWay = 0;
    thread = null;
    onIdle?.();
  });

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (gathered.count === 0) return;
    const batch = gathered.take();
    underWay += batch.count;
    thread?.postMessage(batch, [batch.numbers.buffer]);
  };

  return {
    send(trace) {
      if (thread === null || underWay + gathered.count >= mostWaiting) {
        didEnd('dropped', 1);
        return;
      }
      gathered.add(trace);
      if (gathered.isFull) flush();
      else timer ??= setTimeout(flush, gatherMs).unref();
    },
    async close() {
      flush();
      if (underWay > 0 && thread !== null) {
        const { promise, resolve } = Promise.withResolvers<void>();
        onIdle = resolve;
        const late = setTimeout(resolve, closeMs);
        await promise;
        clearTimeout(late);
      }
      const ending = thread;
      thread = null;
      await ending?.terminate();
    },
  };
}
