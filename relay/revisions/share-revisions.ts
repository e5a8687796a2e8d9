import type { Logger } from 'pino';
import type { SharedRevisionStore } from './postgres-revisions.ts';
import { openRevisionStore } from './revision-store.ts';

/** Brings the configs of this relay to where those of all relays are. */
export interface SharedRevisions {
  /** Something was kept in the data folder. */
  now(): void;
  close(): void;
}

const retryMs = 30_000;

/**
 * Copies what the data folder keeps, at the start and whenever something is added; while the shared store can't be reached,
 * the folder has it until it can.
 */
export function shareRevisions(options: {
  readonly dataDir: string;
  readonly shared: SharedRevisionStore;
  readonly log: Logger;
}): SharedRevisions {
  const { dataDir, shared, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let isUnderWay = false;
  let isAsked = false;
  let isClosed = false;
  let isLost = false;

  const copy = async (): Promise<void> => {
    try {
      await shared.take(eventsIn(dataDir));
      isLost = false;
    } catch (error) {
      if (!isLost && !isClosed)
        log.warn({ err: error }, 'configs can’t be brought to the storage; the data folder keeps them until they can');
      isLost = true;
    }
  };
  const now = (): void => {
    isAsked = true;
    if (isUnderWay || isClosed) return;
    isUnderWay = true;
    isAsked = false;
    clearTimeout(timer);
    void copy().then(() => {
      isUnderWay = false;
      if (isAsked) now();
      else if (isLost && !isClosed) timer = setTimeout(now, retryMs).unref();
    });
  };
  now();
  return {
    now,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function eventsIn(dataDir: string): ReturnType<ReturnType<typeof openRevisionStore>['events']> {
  const store = openRevisionStore(dataDir);
  try {
    return store.events();
  } finally {
    store.close();
  }
}
