/**
 * Work that is to be done again whenever something has changed: never twice at a time, and once more when something
 * changed meanwhile.
 */
export interface RepeatedWork {
  /** Something changed; resolves when the work was done for it, rejects when that failed. */
  readonly request: () => Promise<void>;
  /** Whether something changed that the work wasn't done for yet, because it failed. */
  readonly isDue: boolean;
}

/** Wraps work so that it can be asked for at any time. */
export function repeatedWork(work: () => Promise<void>): RepeatedWork {
  let wanted = 0;
  let done = 0;
  let isRunning = false;
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      while (done < wanted) {
        const upTo = wanted;
        await work();
        done = upTo;
      }
    } finally {
      // At once: what is asked for from here on has to begin anew.
      isRunning = false;
    }
  };
  return {
    request() {
      wanted += 1;
      if (!isRunning) {
        isRunning = true;
        running = run();
      }
      return running;
    },
    get isDue() {
      return !isRunning && done < wanted;
    },
  };
}
