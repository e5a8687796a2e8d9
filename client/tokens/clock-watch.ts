/** How often the clock is looked at, in milliseconds, and how far it may be from where it should be. */
const tickMs = 5_000;
const jumpMs = 10_000;

/**
 * Notices sleep and clock changes: calls back when the wall clock has moved 10 s more or less than it should have
 * between two looks. Returns the function that ends it.
 */
export function watchClock(onJump: () => void, now: () => number = Date.now): () => void {
  let last = now();
  const timer = setInterval(() => {
    const current = now();
    const jumped = Math.abs(current - last - tickMs) > jumpMs;
    last = current;
    if (jumped) onJump();
  }, tickMs);
  timer.unref();
  return () => clearInterval(timer);
}
