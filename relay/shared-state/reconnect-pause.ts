const firstPauseMs = 50;
const longestPauseMs = 2000;

/** How long a client of Redis waits before it connects again, after so many attempts: longer each time, up to 2 s. */
export function reconnectPauseMs(attempts: number): number {
  return Math.min(firstPauseMs * 2 ** attempts, longestPauseMs);
}
