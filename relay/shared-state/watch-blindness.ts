const checkEveryMs = 500;
/** A read that is under way may last so long while all is well. */
const maxUnnoticedMs = 2000;

/** Calls back once whenever what relays tell each other hasn't been seen for longer than `graceSeconds`. */
export function watchBlindness(options: {
  readonly behindMs: () => number;
  readonly graceSeconds: number;
  readonly onBlind: () => void;
}): { close(): void } {
  const { behindMs, graceSeconds, onBlind } = options;
  let isBlind = true;
  const timer = setInterval(() => {
    const wasBlind = isBlind;
    isBlind = behindMs() > graceSeconds * 1000 + maxUnnoticedMs;
    if (isBlind && !wasBlind) onBlind();
  }, checkEveryMs).unref();
  return { close: () => clearInterval(timer) };
}
