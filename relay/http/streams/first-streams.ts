import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

/**
 * Takes the requests of one HTTP/2 connection, each in a turn of its own: one that its caller has reset by then was
 * never begun. A connection whose caller resets too many, before their turn or behind it, in one write or in several,
 * is told to be calm and ended (CVE-2023-44487). One without any request is ended after `firstWithinMs`.
 */
export function takeInTurn(
  session: ServerHttp2Session,
  limits: TurnLimits,
): (stream: ServerHttp2Stream, take: () => void) => void {
  const resets = new ResetCount(limits);
  /** Came in this turn of the event loop, and not known to be reset. */
  let fresh: ServerHttp2Stream[] = [];
  let isCalmed = false;
  const silent = setTimeout(() => session.close(), limits.firstWithinMs);
  silent.unref();
  session.once('close', () => clearTimeout(silent));
  const count = (stream: ServerHttp2Stream): void => {
    if (resets.add(stream) || isCalmed || session.destroyed) return;
    isCalmed = true;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    // What destroys the session at once takes the frame along.
    setImmediate(() => session.destroy());
  };
  return (stream, take) => {
    clearTimeout(silent);
    if (session.destroyed || isCalmed) return;
    stream.once('close', () => count(stream));
    fresh.push(stream);
    // Node tells of an end in the turn that follows: too late for thousands in one read.
    if (fresh.length > maxFresh) {
      for (const one of fresh) if (one.destroyed) count(one);
      fresh = fresh.filter((one) => !one.destroyed);
    }
    setImmediate(() => {
      fresh = [];
      if (!session.destroyed && !isCalmed && !stream.closed && !stream.destroyed) take();
    });
  };
}

const maxFresh = 64;

interface TurnLimits {
  readonly firstWithinMs: number;
  /** So many requests of a connection may be reset at once, and so many more each second. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
}

/** How many more requests a caller may reset. */
class ResetCount {
  readonly #limits: TurnLimits;
  readonly #counted = new WeakSet<ServerHttp2Stream>();
  #left: number;
  #countedAtMs = performance.now();

  constructor(limits: TurnLimits) {
    this.#limits = limits;
    this.#left = limits.resetBurst;
  }

  /** Counts a stream that is over, once, if its caller has reset it; false when that was one too many. */
  add(stream: ServerHttp2Stream): boolean {
    if (this.#counted.has(stream) || !isResetByCaller(stream)) return true;
    this.#counted.add(stream);
    const { resetBurst, resetsPerSecond } = this.#limits;
    const nowMs = performance.now();
    this.#left = Math.min(resetBurst, this.#left + ((nowMs - this.#countedAtMs) * resetsPerSecond) / 1000) - 1;
    this.#countedAtMs = nowMs;
    return this.#left >= 0;
  }
}

/** What the relay breaks off itself has an error of its own, and what it has answered has neither code nor error. */
function isResetByCaller({ errored, headersSent, rstCode }: ServerHttp2Stream): boolean {
  if (rstCode === constants.NGHTTP2_NO_ERROR && headersSent) return false;
  return errored === null || (errored as NodeJS.ErrnoException).code === 'ERR_HTTP2_STREAM_ERROR';
}
