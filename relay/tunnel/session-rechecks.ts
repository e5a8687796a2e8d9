import type { Authenticator, Identity } from '../identity/identity.ts';

/** Notices in time when a provider no longer vouches for the identity of an open session. */
export class SessionRechecks<Session extends { readonly identity: Identity }> {
  readonly #authenticator: Authenticator;
  readonly #dueAtMs = new WeakMap<Session, number>();
  readonly #ended = new WeakMap<Session, Identity>();

  constructor(authenticator: Authenticator) {
    this.#authenticator = authenticator;
  }

  /**
   * Call it often: asks the provider when that is due, and calls `onEnded` with the call after it has said that the
   * token ended. A provider may end the old token as soon as it gives out a new one: by then a renewal has arrived.
   */
  check(session: Session, nowMs: number, onEnded: () => void): void {
    const { identity } = session;
    if (this.#ended.get(session) === identity) {
      onEnded();
      return;
    }
    const afterMs = this.#authenticator.recheckAfterMs(identity);
    if (afterMs === undefined) return;
    const dueAtMs = this.#dueAtMs.get(session);
    if (dueAtMs === undefined || dueAtMs <= nowMs) this.#dueAtMs.set(session, nowMs + afterMs);
    if (dueAtMs === undefined || dueAtMs > nowMs) return;
    void this.#authenticator.recheck(identity).then((answer) => {
      if (answer === 'ended') this.#ended.set(session, identity);
    });
  }
}
