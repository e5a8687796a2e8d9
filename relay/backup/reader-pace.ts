/** How fast somebody takes a backup: who is slow keeps others from theirs. Bytes, and the time that the relay waited for them. */
export interface ReaderPace {
  /** The relay waits for the reader. @returns what ends the wait: so many bytes were taken */
  wait(): (bytes: number) => void;
  /** Slower than anything that somebody would back up to: it is broken off. */
  isTooSlow(): boolean;
  /** Slow enough to give way to somebody else who asks. */
  givesWay(): boolean;
}

/** So long nobody is told slow: a disk may spin up. */
const graceMs = 60_000;
const leastBytesPerSecond = 100_000;
const paceAmongOthers = 2_000_000;

/** @param now milliseconds that only go on */
export function readerPace(now: () => number = () => performance.now()): ReaderPace {
  let waitedMs = 0;
  let taken = 0;
  let sinceMs: number | null = null;
  const isBelow = (bytesPerSecond: number): boolean => {
    const allMs = waitedMs + (sinceMs === null ? 0 : now() - sinceMs);
    return allMs > graceMs && (taken * 1000) / allMs < bytesPerSecond;
  };
  return {
    wait() {
      const beganMs = now();
      sinceMs = beganMs;
      return (bytes) => {
        waitedMs += now() - beganMs;
        taken += bytes;
        sinceMs = null;
      };
    },
    isTooSlow: () => isBelow(leastBytesPerSecond),
    givesWay: () => isBelow(paceAmongOthers),
  };
}
