import type { Authenticator, Identity } from '../identity/identity.ts';

/** Notices in time when a provider no longer vouches for the identity of an open session. */
export class SessionRechecks<Session extends { readonly identity: Identity }> {
  readonly #authenticator: Authenticator;
  readonly #dueAtMs = new WeakMap<Session, number>();

  constructor(authenticator: Authenticator) {
    this.#authenticator = authenticator;
  }

  /**
   * Call it often: asks the provider when that is due, and calls `onEnded` when it says that the token ended with which
   * the session still goes on; providers may end the old token as soon as it is renewed.
   */
  check(session: Session, nowMs: number, onEnded: () => void): void {
    const { identity } = session;
    const afterMs = this.#authenticator.recheckAfterMs(identity);
    if (afterMs === undefined) return;
    const dueAtMs = this.#dueAtMs.get(session);
    if (dueAtMs === undefined || dueAtMs <= nowMs) this.#dueAtMs.set(session, nowMs + afterMs);
    if (dueAtMs === undefined || dueAtMs > nowMs) return;
    void this.#authenticator.recheck(identity).then((answer) => {
      if (answer === 'ended' && session.identity === identity) onEnded();
    });
  }
}
