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
  let running: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    while (done < wanted) {
      const upTo = wanted;
      await work();
      done = upTo;
    }
  };
  return {
    request() {
      wanted += 1;
      running ??= run().finally(() => {
        running = null;
      });
      return running;
    },
    get isDue() {
      return running === null && done < wanted;
    },
  };
}
