import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { TunnelState } from '../../shared/snapshot.ts';
import type { ListenerDescription, RelayControl } from '../../shared/tunnel/control-message.ts';
import { closeCode } from '../../shared/tunnel/protocol.ts';
import { backoffDelayMs, defaultBackoff } from '../../shared/tunnel/reconnect-backoff.ts';
import { tunnelPath } from '../../shared/discovery-document.ts';
import { describeNetwork, type NetworkPlace } from '../network/describe-network.ts';
import { carrySocket } from './carry-socket.ts';
import { DialRefused, dialRelay } from './dial.ts';
import { IdleConnections } from './idle-connections.ts';
import type { TunnelClient, TunnelClientOptions } from './tunnel-client.ts';
import { type SessionEvents, TunnelSession } from './tunnel-session.ts';
import { WaitingRoom } from './waiting-room.ts';

const tickMs = 1000;
const waitForTunnelMs = 10_000;
/** Longest delay between attempts while somebody waits for the tunnel. */
const awaitedCapMs = 3000;
/** Refusals that only the person can lift; anything else is tried again. */
const needsPerson = new Set(['token-rejected', 'sign-in-expired', 'session-revoked', 'clock-skew', 'no-groups']);

/** Makes the tunnel of one profile; it dials when `open` is called and stays up until `close`. */
export function createTunnelClient(options: TunnelClientOptions): TunnelClient {
  return new ReconnectingTunnel(options);
}

class ReconnectingTunnel implements TunnelClient {
  readonly #options: TunnelClientOptions;
  readonly #waitingRoom: WaitingRoom;
  readonly #idle = new IdleConnections((socket, listenerId) => this.carry(socket, listenerId));
  readonly #streamsByListener = new Map<number, number>();
  #listeners: readonly ListenerDescription[] = [];
  #state: TunnelState = { status: 'closed' };
  /** New streams go here. */
  #session: TunnelSession | null = null;
  /** Relays that drain: their streams finish while a new session is sought. */
  readonly #retiring = new Set<TunnelSession>();
  #dialing: AbortController | null = null;
  #retryTimer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #lastTickMs = 0;
  #network: NetworkPlace;
  #attempt = 0;
  #nextAttemptAtMs = 0;
  #openedAtMs = 0;
  #wanted = false;
  #renewing: PromiseWithResolvers<void> | null = null;

  constructor(options: TunnelClientOptions) {
    this.#options = options;
    this.#network = this.#lookAround();
    this.#waitingRoom = new WaitingRoom(options.waitForTunnelMs ?? waitForTunnelMs, (waiting) => {
      const state = this.#state;
      if (state.status === 'connecting' || state.status === 'reconnecting') this.#setState({ ...state, waiting });
    });
  }

  open(): void {
    if (this.#wanted) {
      this.checkNow();
      return;
    }
    this.#wanted = true;
    this.#attempt = 0;
    this.#lastTickMs = Date.now();
    this.#ticker = setInterval(() => this.#tick(), tickMs);
    this.#dial();
  }

  setListeners(listeners: readonly ListenerDescription[]): void {
    this.#listeners = listeners;
    for (const session of [this.#session, ...this.#retiring]) {
      if (session?.open === true) session.send({ type: 'listeners', listeners: [...listeners] });
    }
  }

  carry(socket: Socket, listenerId: number): void {
    const session = this.#usableSession();
    if (session !== null) this.#carry(session, socket, listenerId);
    else {
      this.#waitingRoom.add(socket, listenerId, () => this.#whyDown());
      this.#hurry();
    }
  }

  async renew(): Promise<void> {
    const session = this.#session;
    if (session === null || !session.open) return;
    const presented = await this.#options.tokens.present({ method: 'GET', url: this.#url() });
    this.#renewing ??= Promise.withResolvers<void>();
    const { promise } = this.#renewing;
    sendRenewal(session, presented);
    for (const retiring of this.#retiring) if (retiring.open) sendRenewal(retiring, presented);
    await promise;
  }

  checkNow(): void {
    const now = Date.now();
    this.#session?.check(now, true);
    if (this.#retryTimer !== undefined) {
      this.#attempt = 0;
      this.#dial();
    }
  }

  #lookAround(): NetworkPlace {
    return (this.#options.network ?? describeNetwork)();
  }

  /** Somebody waits for the tunnel: streams that may still be taken up again, or new local connections. */
  #isAwaited(): boolean {
    return this.#waitingRoom.size > 0 || (this.#session?.multiplexer.openStreams ?? 0) > 0;
  }

  /** An attempt that is far off comes sooner, because somebody waits now. */
  #hurry(): void {
    if (this.#retryTimer === undefined || this.#nextAttemptAtMs - Date.now() <= awaitedCapMs) return;
    this.#dialSooner(Math.random() * awaitedCapMs);
  }

  #dialSooner(delayMs: number): void {
    this.#dialIn(Math.floor(delayMs));
    if (this.#state.status === 'reconnecting') {
      this.#setState({ ...this.#state, nextAttemptAtMs: this.#nextAttemptAtMs });
    }
  }

  #dialIn(delayMs: number): void {
    clearTimeout(this.#retryTimer);
    this.#nextAttemptAtMs = Date.now() + delayMs;
    this.#retryTimer = setTimeout(() => this.#dial(), delayMs);
  }

  /** The link may be dead, and another may be there: asks the one at once, and tries the other anew. */
  #networkChanged(network: NetworkPlace, now: number): void {
    this.#network = network;
    for (const session of [this.#session, ...this.#retiring]) {
      session?.leaveGoneAddress(network.addresses);
      session?.check(now, true);
    }
    this.#attempt = 0;
    if (this.#retryTimer === undefined && this.#dialing === null) return;
    // What is being dialed goes out over the network that was.
    this.#dialing?.abort();
    this.#dialing = null;
    this.#dialSooner(backoffDelayMs(0, Math.random(), this.#options.backoff));
  }

  openStreams(listenerId: number): number {
    return this.#streamsByListener.get(listenerId) ?? 0;
  }

  async close(): Promise<void> {
    await Promise.all(this.#stop('The tunnel was closed.').map(closeOrderly));
  }

  #url(): string {
    return new URL(tunnelPath, this.#options.relayUrl).href;
  }

  #setState(state: TunnelState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #whyDown(): string {
    if (this.#state.status === 'reconnecting') return `The tunnel to the relay is down: ${this.#state.problem.detail}`;
    return this.#wanted ? 'The tunnel to the relay isn’t up yet.' : 'You are signed out.';
  }

  /** The present session, or one that drains as long as there is no other. */
  #usableSession(): TunnelSession | null {
    if (this.#session?.open === true) return this.#session;
    for (const session of this.#retiring) if (session.open) return session;
    return null;
  }

  #carry(session: TunnelSession, socket: Socket, listenerId: number): void {
    if (socket.destroyed) return;
    this.#streamsByListener.set(listenerId, this.openStreams(listenerId) + 1);
    carrySocket(socket, session.multiplexer, listenerId, {
      onClose: () => this.#streamsByListener.set(listenerId, this.openStreams(listenerId) - 1),
      onIdleLost: () => {
        if (this.#wanted) this.#idle.add(socket, listenerId);
        else socket.destroySoon();
      },
    });
  }

  /** One attempt; failures end in `#retryLater` or `#needPerson`. */
  #dial(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    if (this.#dialing !== null) return;
    const dialing = new AbortController();
    this.#dialing = dialing;
    if (this.#state.status === 'closed') this.#setState({ status: 'connecting' });
    const { relayUrl, tokens, ca, clientCertificate } = this.#options;
    dialRelay({
      relayUrl,
      tokens,
      signal: dialing.signal,
      ...(ca === undefined ? {} : { ca }),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    }).then(
      (socket) => {
        if (this.#dialing === dialing) this.#dialing = null;
        if (dialing.signal.aborted) socket.terminate();
        else this.#begin(socket);
      },
      (error: unknown) => {
        if (this.#dialing === dialing) this.#dialing = null;
        if (!dialing.signal.aborted) this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    const problem = toUserProblem(error, Date.now());
    if (needsPerson.has(problem.code)) this.#needPerson(problem);
    else this.#retryLater(problem, error instanceof DialRefused ? error.retryAfterMs : null);
  }

  #needPerson(problem: UserProblem): void {
    for (const socket of this.#stop(problem.detail)) void closeOrderly(socket);
    this.#options.onSignInNeeded(problem);
  }

  #retryLater(problem: UserProblem, retryAfterMs: number | null): void {
    if (!this.#wanted) return;
    const now = Date.now();
    const { backoff = defaultBackoff } = this.#options;
    if (this.#openedAtMs > 0 && now - this.#openedAtMs >= backoff.stableAfterMs) this.#attempt = 0;
    this.#openedAtMs = 0;
    const capMs = this.#isAwaited() ? Math.min(awaitedCapMs, backoff.capMs) : backoff.capMs;
    const delayMs = Math.max(retryAfterMs ?? 0, backoffDelayMs(this.#attempt, Math.random(), { ...backoff, capMs }));
    this.#attempt += 1;
    const sinceMs = this.#state.status === 'reconnecting' ? this.#state.sinceMs : now;
    if (this.#usableSession() === null) {
      this.#setState({
        status: 'reconnecting',
        sinceMs,
        attempt: this.#attempt,
        nextAttemptAtMs: now + delayMs,
        problem,
        waiting: this.#waitingRoom.size,
      });
    }
    this.#dialIn(delayMs);
  }

  /** The WebSocket is open: take the old session up again, or begin a new one. */
  #begin(socket: WebSocket): void {
    socket.on('error', () => socket.terminate());
    if (this.#session?.resume(socket) === true) return;
    this.#session?.abandon('The tunnel can’t be resumed.');
    this.#introduce(socket);
  }

  #introduce(socket: WebSocket): void {
    this.#session = new TunnelSession(this.#options.device, () => this.#listeners, this.#sessionEvents);
    this.#session.introduce(socket);
  }

  readonly #sessionEvents: SessionEvents = {
    onOpen: (session) => this.#opened(session),
    onControl: (session, message) => this.#onControl(session, message),
    onLost: (session, code) => this.#onLost(session, code),
    onRefused: (_session, socket) => this.#introduce(socket),
    onRoundTrip: (session, roundTripMs) => {
      if (session === this.#session && this.#state.status === 'open') this.#setState({ ...this.#state, roundTripMs });
    },
  };

  #opened(session: TunnelSession): void {
    this.#openedAtMs = Date.now();
    this.#setState({ status: 'open', sinceMs: this.#openedAtMs, sessionId: session.id, roundTripMs: null });
    this.#idle.release((socket, listenerId) => this.carry(socket, listenerId));
    this.#waitingRoom.admit((socket, listenerId) => this.carry(socket, listenerId));
  }

  #onControl(session: TunnelSession, message: Exclude<RelayControl, { type: 'welcome' }>): void {
    switch (message.type) {
      case 'catalog':
        this.#options.onCatalog(message.catalog);
        return;
      case 'activity':
        this.#options.onActivity(message.entries, message.leftOut);
        return;
      case 'renewed':
        if (session !== this.#session) return;
        this.#renewing?.resolve();
        this.#renewing = null;
        return;
      case 'renewal-refused':
        if (session === this.#session) this.#renewalRefused(session, message);
        return;
      case 'goaway':
        this.#onGoaway(session, message);
    }
  }

  #renewalRefused(session: TunnelSession, message: Extract<RelayControl, { type: 'renewal-refused' }>): void {
    const renewing = this.#renewing;
    if (message.dpopNonce !== undefined && renewing !== null) {
      this.#options.tokens.present({ method: 'GET', url: this.#url(), nonce: message.dpopNonce }).then(
        (presented) => sendRenewal(session, presented),
        (error: unknown) => renewing.reject(error),
      );
      return;
    }
    this.#renewing = null;
    renewing?.reject(new AccessError('token-rejected', message.detail));
  }

  #onGoaway(session: TunnelSession, message: Extract<RelayControl, { type: 'goaway' }>): void {
    switch (message.reason) {
      case 'drain':
        // Streams finish where they are, new ones go to whichever relay answers next.
        if (session !== this.#session) return;
        this.#retiring.add(session);
        this.#session = null;
        if (this.#state.status === 'open') this.#setState({ ...this.#state, draining: true });
        this.#dial();
        return;
      case 'session-expired':
      case 'session-revoked': {
        const code = message.reason === 'session-expired' ? 'sign-in-expired' : 'session-revoked';
        this.#needPerson(toUserProblem(new AccessError(code, message.detail), Date.now()));
        return;
      }
      case 'protocol-error':
    }
  }

  #onLost(session: TunnelSession, code: number): void {
    if (this.#retiring.delete(session)) {
      session.abandon('The relay has stopped.');
      if (this.#session !== null || this.#dialing !== null) return;
    } else if (session !== this.#session) {
      return;
    }
    this.#renewing?.reject(new AccessError('tunnel-down', 'The link broke during the renewal.'));
    this.#renewing = null;
    if (!this.#wanted) return;
    const error =
      code === closeCode.draining
        ? new AccessError('relay-draining', 'The relay is restarting.')
        : new AccessError('tunnel-down', `The link to ${new URL(this.#options.relayUrl).host} broke (${code}).`);
    this.#retryLater(toUserProblem(error, Date.now()), null);
  }

  /** Ends everything; returns the WebSockets that are still to be closed. */
  #stop(why: string): WebSocket[] {
    this.#wanted = false;
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#dialing?.abort();
    const sessions = [...(this.#session === null ? [] : [this.#session]), ...this.#retiring];
    this.#session = null;
    this.#retiring.clear();
    const sockets = sessions.map((session) => session.abandon(why)).filter((socket) => socket !== null);
    this.#idle.close();
    this.#waitingRoom.close(why);
    this.#renewing?.reject(new AccessError('tunnel-down', why));
    this.#renewing = null;
    if (this.#state.status !== 'closed') this.#setState({ status: 'closed' });
    return sockets;
  }

  #tick(): void {
    const now = Date.now();
    const slept = now - this.#lastTickMs > tickMs * 4;
    this.#lastTickMs = now;
    for (const session of this.#retiring) {
      session.check(now, false);
      if (session.multiplexer.openStreams > 0 || this.#session?.open !== true) continue;
      this.#retiring.delete(session);
      const socket = session.abandon('The relay has been left.');
      if (socket !== null) void closeOrderly(socket);
    }
    if (this.#session?.isBeyondGrace(now) === true) {
      this.#session.abandon('The relay could not be reached in time.');
      this.#session = null;
    }
    const network = this.#lookAround();
    if (network.fingerprint !== this.#network.fingerprint) this.#networkChanged(network, now);
    if (slept) this.checkNow();
    else this.#session?.check(now, false);
  }
}

function sendRenewal(session: TunnelSession, presented: { token: string; dpopProof: string | undefined }): void {
  session.send({
    type: 'renew',
    token: presented.token,
    ...(presented.dpopProof === undefined ? {} : { dpopProof: presented.dpopProof }),
  });
}

async function closeOrderly(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.close(closeCode.normal);
  const timer = setTimeout(() => socket.terminate(), 1000);
  await closed;
  clearTimeout(timer);
}
