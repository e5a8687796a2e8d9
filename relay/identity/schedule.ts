/** Does the work after `delayMs` milliseconds, unless it is called off by the returned function. */
export type Schedule = (work: () => void, delayMs: number) => () => void;

/** By the process's clock; what is scheduled doesn’t keep the process from ending. */
export const scheduleByTimer: Schedule = (work, delayMs) => {
  const timer = setTimeout(work, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
