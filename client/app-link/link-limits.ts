/** Bounds of the app's side; what goes beyond ends that connection and nothing else. */
export const linkLimits = {
  /** Connections at a time, those that wait for the person's answer included. */
  connections: 16,
  /** Longest line of a program, characters. */
  lineCharacters: 65_536,
  /** Requests of one connection that are under way. */
  underWay: 32,
  /** Requests at once, and how many of them come back in a second. */
  burst: 200,
  perSecond: 50,
  /** Time for the first line, milliseconds. */
  helloMs: 5_000,
  /** What a program may leave unread, bytes. */
  unreadBytes: 16_777_216,
} as const;

/** Longest line that a program takes from the app: the state of thousands of APIs in one line. */
export const maxAppLineCharacters = 64_000_000;

/** A bucket that lets `burst` through at once and `perSecond` in the long run. */
export function createPace(now: () => number): () => boolean {
  let tokens: number = linkLimits.burst;
  let filledAtMs = now();
  return () => {
    const nowMs = now();
    tokens = Math.min(linkLimits.burst, tokens + (Math.max(0, nowMs - filledAtMs) / 1000) * linkLimits.perSecond);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
