import type { Logger } from 'pino';
import { erasuresUnderWay } from '../erasure/go-on-erasing.ts';
import type { ReadThread } from './ask-read-thread.ts';
import type { ReadPlace } from './read-tasks.ts';

const everyMs = 600_000;

/** Goes on with erasures that were broken off: at the start, and every ten minutes for those that can’t be now. */
export function keepErasing(options: {
  readonly reading: Pick<ReadThread, 'ask'>;
  readonly place: () => ReadPlace;
  readonly log: Logger;
}): { close(): void } {
  const { reading, place, log } = options;
  let isClosed = false;
  const goOn = async (): Promise<void> => {
    try {
      const { config } = place();
      if (isNoneUnderWay(config.relay.data)) return;
      const { finished, waiting, failed } = await reading.ask('goOnErasing', place(), undefined);
      for (const person of finished) log.warn({ person }, 'an erasure that was broken off has come to its end');
      for (const person of waiting)
        log.warn({ person }, 'an erasure that was broken off goes on once the person, who is back, is not at work');
      for (const { person, why } of failed)
        log.error({ person, why }, 'an erasure that was broken off can’t go on now; it is tried again');
    } catch (error) {
      if (!isClosed) log.error({ err: error }, 'an erasure that was broken off can’t go on now; it is tried again');
    }
  };
  void goOn();
  const timer = setInterval(() => void goOn(), everyMs).unref();
  return {
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

/** Mostly there are none, and nothing needs a thread, which alone may wait for whoever is writing. */
function isNoneUnderWay(dataDir: string): boolean {
  try {
    return erasuresUnderWay(dataDir, 0).length === 0;
  } catch {
    return false;
  }
}
