/**
 * Paces tunnel handshakes: after an outage everybody comes back at once, and each handshake costs a signature check. No
 * second, wherever it begins, sees more than the rate, and no more than a tenth of it begin at once. Pure: the clock is
 * an argument.
 */
export class HandshakeRate {
  /** When those of the last second began, oldest first; what is before `#first` is over. */
  #begunAtMs: number[] = [];
  #first = 0;
  #tokens = Infinity;
  #filledAtMs = 0;

  /**
   * Whether one more handshake may begin now. A rate below one a second has longer for the one.
   * @param nowMs of a clock that is never set: `performance.now()`
   */
  take(nowMs: number, perSecond: number): boolean {
    const earned = ((nowMs - this.#filledAtMs) / 1000) * perSecond;
    this.#tokens = Math.min(Math.max(1, perSecond / 10), this.#tokens + earned);
    this.#filledAtMs = nowMs;
    this.#forget(nowMs - Math.max(1000, 1000 / perSecond));
    const most = Math.max(1, Math.floor(perSecond));
    if (this.#tokens < 1 || this.#begunAtMs.length - this.#first >= most) return false;
    this.#tokens -= 1;
    this.#begunAtMs.push(nowMs);
    return true;
  }

  /** The handshake that began then came to nothing: another one may have its place. */
  giveBack(begunAtMs: number): void {
    const index = this.#begunAtMs.lastIndexOf(begunAtMs);
    if (index < this.#first) return;
    this.#begunAtMs.splice(index, 1);
    this.#tokens += 1;
  }

  #forget(untilMs: number): void {
    while ((this.#begunAtMs[this.#first] ?? Infinity) <= untilMs) this.#first += 1;
    if (this.#first * 2 <= this.#begunAtMs.length) return;
    this.#begunAtMs = this.#begunAtMs.slice(this.#first);
    this.#first = 0;
  }
}
