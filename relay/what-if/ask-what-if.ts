import { Worker } from 'node:worker_threads';
import { AccessError } from '../../shared/errors.ts';
import { programFile } from '../programs/program-file.ts';
import type { WhatIf } from './what-if.ts';
import type { WhatIfAsked, WhatIfPlace } from './what-if-at.ts';
import type { WhatIfAnswer, WhatIfQuestion } from './what-if-thread.ts';

/** Answers what-ifs in a thread of their own, one at a time, so that neither traffic nor other readings wait for them. */
export interface WhatIfThread {
  /**
   * @param signal ends it when nobody waits for the answer any more
   * @throws AccessError `bad-input`, `shared-state-unavailable`; `overloaded` while another one runs, and when this one
   * takes more memory or time than it may
   */
  ask(place: WhatIfPlace, asked: WhatIfAsked, signal: AbortSignal): Promise<WhatIf>;
  close(): Promise<void>;
}

const maxMemoryMegabytes = 768;
/** For what isn’t reading: loading, the last rows, the answer. */
const graceMs = 10_000;

export function openWhatIfThread(): WhatIfThread {
  let running: Worker | null = null;
  /** With those that have answered and are on their way out. */
  const threads = new Set<Worker>();

  const run = (place: WhatIfPlace, asked: WhatIfAsked, signal: AbortSignal): Promise<WhatIf> =>
    new Promise((resolve, reject) => {
      const workerData: WhatIfQuestion = { place, asked };
      const worker = new Worker(programFile('what-if-thread'), {
        workerData,
        resourceLimits: { maxOldGenerationSizeMb: maxMemoryMegabytes },
      });
      running = worker;
      threads.add(worker);
      worker.unref();
      const leave = (): void => {
        if (running === worker) running = null;
        void worker.terminate();
      };
      const end = (error: Error): void => {
        reject(error);
        leave();
      };
      const tooMuch = (what: string): AccessError =>
        new AccessError('overloaded', `This takes more ${what} than it may. Ask for fewer days or records.`);
      const timer = setTimeout(() => end(tooMuch('time')), asked.seconds * 1000 + graceMs);
      const abandon = (): void => end(new AccessError('overloaded', 'Nobody waits for the answer any more.'));
      signal.addEventListener('abort', abandon, { once: true });
      worker.once('message', (answer: WhatIfAnswer) => {
        if ('result' in answer) resolve(answer.result);
        else if ('refused' in answer) reject(new AccessError(answer.refused.code, answer.refused.message));
        else reject(new Error(answer.failed));
        leave();
      });
      worker.once('error', (error: NodeJS.ErrnoException) =>
        end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch('memory') : error),
      );
      worker.once('exit', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abandon);
        if (running === worker) running = null;
        threads.delete(worker);
        reject(new Error('The thread of the what-if has ended.'));
      });
      if (signal.aborted) abandon();
    });

  return {
    ask(place, asked, signal) {
      if (running === null) return run(place, asked, signal);
      return Promise.reject(new AccessError('overloaded', 'Another what-if runs. Ask again when it is done.'));
    },
    async close() {
      await Promise.all([...threads].map((worker) => worker.terminate()));
    },
  };
}
