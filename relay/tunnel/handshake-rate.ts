/**
 * Token bucket for tunnel handshakes: after an outage everybody comes back at once, and each handshake costs a
 * signature check. Holds at most one second's worth. Pure: the clock is an argument.
 */
export class HandshakeRate {
  #tokens: number | null = null;
  #filledAtMs = 0;

  /** Whether one more handshake may begin now, at `perSecond` on average. */
  take(nowMs: number, perSecond: number): boolean {
    const before = this.#tokens ?? perSecond;
    const earned = this.#tokens === null ? 0 : ((nowMs - this.#filledAtMs) / 1000) * perSecond;
    const tokens = Math.min(perSecond, before + Math.max(0, earned));
    this.#filledAtMs = nowMs;
    this.#tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
  }
}
