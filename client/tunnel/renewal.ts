import { saidByRelay } from '../../shared/reason-text.ts';
import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import type { RelayControl } from '../../shared/tunnel/control-message.ts';
import type { TokenSource } from '../tokens/token-source.ts';
import type { TunnelSession } from './tunnel-session.ts';

type Presented = Awaited<ReturnType<TokenSource['present']>>;

/** The relay could not look at the token, and so says nothing about it: it is shown again. */
const temporary: ReadonlySet<string> = new Set<ErrorCode>([
  'idp-unreachable',
  'shared-state-unavailable',
  'audit-unavailable',
  'overloaded',
  'internal',
]);
const showAgainAfterMs = 5000;

/** In-band renewals of the sign-in: whoever asks while one is under way waits for the same answer. */
export class Renewal {
  readonly #present: (nonce?: string) => Promise<Presented>;
  readonly #showAgainAfterMs: number;
  #pending: PromiseWithResolvers<void> | null = null;

  /** @param present a valid token with a proof for the tunnel's address */
  constructor(present: (nonce?: string) => Promise<Presented>, options: { readonly showAgainAfterMs?: number } = {}) {
    this.#present = present;
    this.#showAgainAfterMs = options.showAgainAfterMs ?? showAgainAfterMs;
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

  /**
   * A refusal with a DPoP nonce (RFC 9449 §9) is answered with another proof, one that says nothing about the token with
   * the token again, a little later; any other ends the renewal.
   */
  didRefuse(
    session: TunnelSession,
    { code, dpopNonce, detail, reasons }: Extract<RelayControl, { type: 'renewal-refused' }>,
  ): void {
    const pending = this.#pending;
    if (pending !== null && dpopNonce !== undefined) this.#show(session, pending, dpopNonce);
    else if (pending !== null && temporary.has(code))
      setTimeout(() => {
        if (session.open && this.#pending === pending) this.#show(session, pending);
      }, this.#showAgainAfterMs).unref();
    else {
      this.#pending = null;
      pending?.reject(new AccessError('token-rejected', saidByRelay(detail, reasons)));
    }
  }

  #show(session: TunnelSession, pending: PromiseWithResolvers<void>, nonce?: string): void {
    this.#present(nonce).then(
      (presented) => send(session, presented),
      (error: unknown) => pending.reject(error),
    );
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
