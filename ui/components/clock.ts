/** One clock for all that shows times: a timer for each pace that anybody needs, none while the page can't be seen. */
interface Pace {
  nowMs: number;
  timer: ReturnType<typeof setInterval> | undefined;
  readonly listeners: Set<() => void>;
}

/** A clock that is behind by more than this is set when somebody new looks at it. */
const staleMs = 1000;

const paces = new Map<number, Pace>();

function tick(pace: Pace): void {
  pace.nowMs = Date.now();
  for (const listener of pace.listeners) listener();
}

function run(everyMs: number, pace: Pace): void {
  clearInterval(pace.timer);
  pace.timer = undefined;
  if (document.visibilityState === 'visible' && pace.listeners.size > 0)
    pace.timer = setInterval(() => tick(pace), everyMs);
}

function didChangeVisibility(): void {
  for (const [everyMs, pace] of paces) {
    if (document.visibilityState === 'visible') tick(pace);
    run(everyMs, pace);
  }
}

function paceOf(everyMs: number): Pace {
  const known = paces.get(everyMs);
  if (known !== undefined) return known;
  const pace: Pace = { nowMs: Date.now(), timer: undefined, listeners: new Set() };
  if (paces.size === 0) document.addEventListener('visibilitychange', didChangeVisibility);
  paces.set(everyMs, pace);
  return pace;
}

/** Calls back each `everyMs` while the page can be seen, and when it can be seen again; returns what ends it. */
export function watchClock(everyMs: number, listener: () => void): () => void {
  const pace = paceOf(everyMs);
  pace.listeners.add(listener);
  // What comes into the page may have happened since the last tick, and would lie ahead.
  if (Date.now() - pace.nowMs > staleMs) tick(pace);
  if (pace.listeners.size === 1) run(everyMs, pace);
  return () => {
    pace.listeners.delete(listener);
    if (pace.listeners.size === 0) run(everyMs, pace);
  };
}

/** The present for what is said of a time: the clock's, unless the time has come since its last tick. */
export function presentBeside(timeMs: number, clockMs: number): number {
  return timeMs > clockMs && timeMs <= Date.now() ? timeMs : clockMs;
}

/** The time of the last tick, milliseconds since the epoch; the present where nobody watches. */
export function clockTime(everyMs: number): number {
  const pace = paceOf(everyMs);
  if (pace.listeners.size === 0 && Date.now() - pace.nowMs > everyMs) pace.nowMs = Date.now();
  return pace.nowMs;
}
