import { AccessError } from '../../shared/errors.ts';
import type { RelayControl } from '../../shared/tunnel/control-message.ts';
import type { TokenSource } from './tunnel-client.ts';
import type { TunnelSession } from './tunnel-session.ts';

type Presented = Awaited<ReturnType<TokenSource['present']>>;

/** In-band renewals of the sign-in: whoever asks while one is under way waits for the same answer. */
export class Renewal {
  readonly #present: (nonce?: string) => Promise<Presented>;
  #pending: PromiseWithResolvers<void> | null = null;

  /** @param present a valid token with a proof for the tunnel's address */
  constructor(present: (nonce?: string) => Promise<Presented>) {
    this.#present = present;
  }

  /**
   * Shows a valid token to the relay of each session; resolves when that of the present one has taken it.
   * @throws AccessError `token-rejected`, `tunnel-down`, or what the token source says
   */
  async renew(present: TunnelSession, retiring: ReadonlySet<TunnelSession>): Promise<void> {
    const presented = await this.#present();
    this.#pending ??= Promise.withResolvers<void>();
    const { promise } = this.#pending;
    send(present, presented);
    for (const session of retiring) if (session.open) send(session, presented);
    await promise;
  }

  didRenew(): void {
    this.#pending?.resolve();
    this.#pending = null;
  }

  /** A refusal with a DPoP nonce (RFC 9449 §9) is answered with another proof; any other ends the renewal. */
  didRefuse(session: TunnelSession, { dpopNonce, detail }: Extract<RelayControl, { type: 'renewal-refused' }>): void {
    const pending = this.#pending;
    if (dpopNonce !== undefined && pending !== null) {
      this.#present(dpopNonce).then(
        (presented) => send(session, presented),
        (error: unknown) => pending.reject(error),
      );
      return;
    }
    this.#pending = null;
    pending?.reject(new AccessError('token-rejected', detail));
  }

  /** No answer will come any more. */
  didLose(why: string): void {
    this.#pending?.reject(new AccessError('tunnel-down', why));
    this.#pending = null;
  }
}

function send(session: TunnelSession, { token, dpopProof }: Presented): void {
  session.send({ type: 'renew', token, ...(dpopProof === undefined ? {} : { dpopProof }) });
}
