/**
 * Token bucket for tunnel handshakes: after an outage everybody comes back at once, and each handshake costs a
 * signature check. Holds at most a tenth of a second's worth, so that no second sees much more than the rate. Pure: the
 * clock is an argument.
 */
export class HandshakeRate {
  #tokens: number | null = null;
  #filledAtMs = 0;

  /** Whether one more handshake may begin now, at `perSecond` on average. */
  take(nowMs: number, perSecond: number): boolean {
    const most = Math.max(1, perSecond / 10);
    const before = this.#tokens ?? most;
    const earned = this.#tokens === null ? 0 : ((nowMs - this.#filledAtMs) / 1000) * perSecond;
    const tokens = Math.min(most, before + Math.max(0, earned));
    this.#filledAtMs = nowMs;
    this.#tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
  }
}
