import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { TunnelState } from '../../shared/snapshot.ts';
import {
  type ClientControl,
  type ListenerDescription,
  relayControlSchema,
  type RelayControl,
  resumedSchema,
} from '../../shared/tunnel/control-message.ts';
import { ProtocolError } from '../../shared/tunnel/frame-codec.ts';
import { Liveness } from '../../shared/tunnel/liveness.ts';
import { type MessageChannel, Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import { closeCode, frameType, resetCode } from '../../shared/tunnel/protocol.ts';
import { backoffDelayMs, defaultBackoff } from '../../shared/tunnel/reconnect-backoff.ts';
import { decodeResumption, encodeResumption } from '../../shared/tunnel/resumption.ts';
import { tunnelPath } from '../../shared/discovery-document.ts';
import { carrySocket } from './carry-socket.ts';
import { DialRefused, dialRelay } from './dial.ts';
import type { TunnelClient, TunnelClientOptions } from './tunnel-client.ts';
import { WaitingRoom } from './waiting-room.ts';

const tickMs = 1000;
const answerTimeoutMs = 4000;
const waitForTunnelMs = 10_000;
const maxChannelBytes = 1_048_576;
const maxRetainedBytes = 16_777_216;
const maxGrowthBytes = 67_108_864;
/** Refusals that only the person can lift; anything else is tried again. */
const needsPerson = new Set(['token-rejected', 'sign-in-expired', 'session-revoked', 'clock-skew', 'no-groups']);

type Welcome = Extract<RelayControl, { type: 'welcome' }>;

/** A tunnel that was welcomed: its streams outlive the link until the grace period is over. */
interface Session {
  readonly multiplexer: Multiplexer;
  readonly sessionId: string;
  readonly resumeGraceMs: number;
  resumeToken: string;
  lostAtMs: number | null;
}

/** Makes the tunnel of one profile; it dials when `open` is called and stays up until `close`. */
export function createTunnelClient(options: TunnelClientOptions): TunnelClient {
  return new ReconnectingTunnel(options);
}

class ReconnectingTunnel implements TunnelClient {
  readonly #options: TunnelClientOptions;
  readonly #waitingRoom = new WaitingRoom(waitForTunnelMs);
  readonly #streamsByListener = new Map<number, number>();
  #listeners: readonly ListenerDescription[] = [];
  #introducedListeners: readonly ListenerDescription[] = [];
  #state: TunnelState = { status: 'closed' };
  #session: Session | null = null;
  #socket: WebSocket | null = null;
  #liveness: Liveness | null = null;
  #dialing: AbortController | null = null;
  #retryTimer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #lastTickMs = 0;
  #pingSentAtMs = 0;
  #attempt = 0;
  #openedAtMs = 0;
  #wanted = false;
  #renewing: PromiseWithResolvers<void> | null = null;

  constructor(options: TunnelClientOptions) {
    this.#options = options;
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
    this.#session?.multiplexer.sendControl({ type: 'listeners', listeners: [...listeners] } satisfies ClientControl);
  }

  carry(socket: Socket, listenerId: number): void {
    const session = this.#session;
    if (session !== null && session.lostAtMs === null) this.#carry(session, socket, listenerId);
    else if (this.#wanted) this.#waitingRoom.add(socket, listenerId, () => this.#whyDown());
    else this.#waitingRoom.add(socket, listenerId, () => 'You are signed out.');
  }

  async renew(): Promise<void> {
    const session = this.#session;
    if (session === null || session.lostAtMs !== null) return;
    const presented = await this.#options.tokens.present({ method: 'GET', url: this.#url() });
    this.#renewing ??= Promise.withResolvers<void>();
    const { promise } = this.#renewing;
    this.#sendRenewal(session, presented);
    await promise;
  }

  checkNow(): void {
    const now = Date.now();
    if (this.#liveness !== null) {
      this.#liveness.doubt(now);
      this.#checkLink(now);
    } else if (this.#retryTimer !== undefined) {
      this.#attempt = 0;
      this.#dial();
    }
  }

  openStreams(listenerId: number): number {
    return this.#streamsByListener.get(listenerId) ?? 0;
  }

  async close(): Promise<void> {
    this.#stop('The tunnel was closed.');
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close(closeCode.normal);
    const timer = setTimeout(() => socket.terminate(), 1000);
    await closed;
    clearTimeout(timer);
  }

  #url(): string {
    return new URL(tunnelPath, this.#options.relayUrl).href;
  }

  #setState(state: TunnelState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #whyDown(): string {
    return this.#state.status === 'reconnecting'
      ? `The tunnel to the relay is down: ${this.#state.problem.detail}`
      : 'The tunnel to the relay isn’t up yet.';
  }

  #carry(session: Session, socket: Socket, listenerId: number): void {
    if (socket.destroyed) return;
    this.#streamsByListener.set(listenerId, this.openStreams(listenerId) + 1);
    carrySocket(socket, session.multiplexer, listenerId, () => {
      this.#streamsByListener.set(listenerId, this.openStreams(listenerId) - 1);
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
    const { relayUrl, tokens, ca } = this.#options;
    dialRelay({ relayUrl, tokens, signal: dialing.signal, ...(ca === undefined ? {} : { ca }) }).then(
      (socket) => {
        this.#dialing = null;
        if (dialing.signal.aborted) socket.terminate();
        else this.#begin(socket);
      },
      (error: unknown) => {
        this.#dialing = null;
        if (!dialing.signal.aborted) this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    const problem = toUserProblem(error, Date.now());
    if (needsPerson.has(problem.code)) {
      this.#needPerson(problem);
      return;
    }
    this.#retryLater(problem, error instanceof DialRefused ? error.retryAfterMs : null);
  }

  #needPerson(problem: UserProblem): void {
    this.#stop(problem.detail);
    this.#options.onSignInNeeded(problem);
  }

  #retryLater(problem: UserProblem, retryAfterMs: number | null): void {
    if (!this.#wanted) return;
    const now = Date.now();
    if (this.#openedAtMs > 0 && now - this.#openedAtMs >= defaultBackoff.stableAfterMs) this.#attempt = 0;
    this.#openedAtMs = 0;
    const delayMs = Math.max(retryAfterMs ?? 0, backoffDelayMs(this.#attempt, Math.random()));
    this.#attempt += 1;
    const sinceMs = this.#state.status === 'reconnecting' ? this.#state.sinceMs : now;
    this.#setState({
      status: 'reconnecting',
      sinceMs,
      attempt: this.#attempt,
      nextAttemptAtMs: now + delayMs,
      problem,
    });
    this.#retryTimer = setTimeout(() => this.#dial(), delayMs);
  }

  /** The WebSocket is open: take the old tunnel up again, or begin a new one. */
  #begin(socket: WebSocket): void {
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    this.#liveness = new Liveness({ pingAfterMs: 5000, deadAfterMs: answerTimeoutMs }, Date.now());
    const session = this.#session;
    const channel = channelOf(socket, () => this.#session?.multiplexer.didDrain());
    let receive: (message: Buffer) => void;
    if (session !== null && session.resumeToken !== '') {
      receive = (message) => {
        const answer = decodeResumption(message);
        const resumed = answer?.type === frameType.resumed ? resumedSchema.safeParse(answer.content) : null;
        if (resumed?.success === true && session.multiplexer.attach(channel, resumed.data.received)) {
          session.resumeToken = resumed.data.token;
          session.lostAtMs = null;
          receive = (next) => session.multiplexer.receive(next);
          session.multiplexer.sendControl({
            type: 'listeners',
            listeners: [...this.#listeners],
          } satisfies ClientControl);
          this.#opened(session.sessionId);
          return;
        }
        this.#abandon('The relay no longer knows the tunnel.');
        receive = this.#introduce(socket, channel);
      };
      channel.send(
        encodeResumption(frameType.resume, { token: session.resumeToken, received: session.multiplexer.received }),
      );
    } else {
      this.#abandon('The tunnel can’t be resumed.');
      receive = this.#introduce(socket, channel);
    }
    socket.on('message', (message: Buffer, isBinary) => {
      this.#liveness?.heard(Date.now());
      try {
        if (!isBinary) throw new ProtocolError('The relay sent a text message.');
        receive(message);
      } catch (error) {
        socket.close(closeCode.protocolError);
        socket.terminate();
        if (!(error instanceof ProtocolError)) throw error;
      }
    });
    socket.on('error', () => socket.terminate());
    socket.once('close', (code) => this.#lost(socket, code));
  }

  /** Says hello on a fresh tunnel and waits for the welcome. */
  #introduce(socket: WebSocket, channel: MessageChannel): (message: Buffer) => void {
    const multiplexer: Multiplexer = new Multiplexer({
      role: 'client',
      schedule: setImmediate,
      allocate: (bytes) => Buffer.allocUnsafe(bytes),
      maxWindowBytes: 4_194_304,
      maxGrowthBytes,
      maxStreams: 65_535,
      maxChannelBytes,
      maxRetainedBytes,
      onControl: (message) => {
        const parsed = relayControlSchema.safeParse(message);
        if (!parsed.success) throw new ProtocolError('The relay sent a control message that this version can’t read.');
        this.#onControl(socket, multiplexer, parsed.data);
      },
      onPong: (sentAtMs) => this.#onPong(sentAtMs),
    });
    multiplexer.attach(channel);
    const { device } = this.#options;
    this.#introducedListeners = this.#listeners;
    multiplexer.sendControl({ type: 'hello', device, listeners: [...this.#listeners] } satisfies ClientControl);
    return (message) => multiplexer.receive(message);
  }

  #onControl(socket: WebSocket, multiplexer: Multiplexer, message: RelayControl): void {
    switch (message.type) {
      case 'welcome':
        this.#welcomed(multiplexer, message);
        return;
      case 'catalog':
        this.#options.onCatalog(message.catalog);
        return;
      case 'activity':
        this.#options.onActivity(message.entries);
        return;
      case 'renewed':
        this.#renewing?.resolve();
        this.#renewing = null;
        return;
      case 'renewal-refused':
        this.#renewalRefused(message);
        return;
      case 'goaway':
        this.#onGoaway(socket, message);
    }
  }

  #welcomed(multiplexer: Multiplexer, welcome: Welcome): void {
    this.#liveness = new Liveness({ pingAfterMs: welcome.pingAfterMs, deadAfterMs: answerTimeoutMs }, Date.now());
    this.#session = {
      multiplexer,
      sessionId: welcome.sessionId,
      resumeGraceMs: welcome.resumeGraceMs,
      resumeToken: welcome.resumeToken,
      lostAtMs: null,
    };
    // Listeners that came between hello and welcome.
    if (this.#introducedListeners !== this.#listeners) this.setListeners(this.#listeners);
    this.#options.onCatalog(welcome.catalog);
    this.#opened(welcome.sessionId);
  }

  #opened(sessionId: string): void {
    this.#openedAtMs = Date.now();
    this.#setState({ status: 'open', sinceMs: this.#openedAtMs, sessionId, roundTripMs: null });
    this.#waitingRoom.admit((socket, listenerId) => this.carry(socket, listenerId));
    this.#pingNow();
  }

  #sendRenewal(session: Session, presented: { token: string; dpopProof: string | undefined }): void {
    session.multiplexer.sendControl({
      type: 'renew',
      token: presented.token,
      ...(presented.dpopProof === undefined ? {} : { dpopProof: presented.dpopProof }),
    } satisfies ClientControl);
  }

  #renewalRefused(message: Extract<RelayControl, { type: 'renewal-refused' }>): void {
    const session = this.#session;
    const renewing = this.#renewing;
    if (message.dpopNonce !== undefined && session !== null && renewing !== null) {
      this.#options.tokens.present({ method: 'GET', url: this.#url(), nonce: message.dpopNonce }).then(
        (presented) => this.#sendRenewal(session, presented),
        (error: unknown) => renewing.reject(error),
      );
      return;
    }
    this.#renewing = null;
    renewing?.reject(new AccessError('token-rejected', message.detail));
  }

  #onGoaway(socket: WebSocket, message: Extract<RelayControl, { type: 'goaway' }>): void {
    switch (message.reason) {
      case 'drain':
        // The relay closes the link when it has finished; what is still to come must not wait for that.
        return;
      case 'session-expired':
      case 'session-revoked': {
        const code = message.reason === 'session-expired' ? 'sign-in-expired' : 'session-revoked';
        this.#needPerson(toUserProblem(new AccessError(code, message.detail), Date.now()));
        socket.close(closeCode.normal);
        return;
      }
      case 'protocol-error':
        socket.terminate();
    }
  }

  #lost(socket: WebSocket, code: number): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#liveness = null;
    const now = Date.now();
    this.#renewing?.reject(new AccessError('tunnel-down', 'The link broke during the renewal.'));
    this.#renewing = null;
    const session = this.#session;
    if (session !== null) {
      session.multiplexer.detach();
      session.lostAtMs ??= now;
      if (code === closeCode.protocolError) session.resumeToken = '';
    }
    if (!this.#wanted) return;
    const draining = code === closeCode.draining;
    const error = draining
      ? new AccessError('relay-draining', 'The relay is restarting.')
      : new AccessError('tunnel-down', `The link to ${new URL(this.#options.relayUrl).host} broke (${code}).`);
    this.#retryLater(toUserProblem(error, now), null);
  }

  #abandon(why: string): void {
    const session = this.#session;
    this.#session = null;
    session?.multiplexer.abandon(resetCode.tunnelLost, why);
  }

  #stop(why: string): void {
    this.#wanted = false;
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#dialing?.abort();
    this.#liveness = null;
    this.#abandon(why);
    this.#waitingRoom.close(why);
    this.#renewing?.reject(new AccessError('tunnel-down', why));
    this.#renewing = null;
    if (this.#state.status !== 'closed') this.#setState({ status: 'closed' });
  }

  #tick(): void {
    const now = Date.now();
    const slept = now - this.#lastTickMs > tickMs * 4;
    this.#lastTickMs = now;
    const session = this.#session;
    if (session !== null && session.lostAtMs !== null && now - session.lostAtMs > session.resumeGraceMs) {
      this.#abandon('The relay could not be reached in time.');
    }
    session?.multiplexer.acknowledge();
    if (slept) this.checkNow();
    else this.#checkLink(now);
  }

  #checkLink(now: number): void {
    switch (this.#liveness?.check(now)) {
      case 'ping':
        this.#pingNow();
        return;
      case 'dead':
        this.#socket?.terminate();
        return;
      case 'alive':
      case undefined:
    }
  }

  #pingNow(): void {
    this.#pingSentAtMs = Date.now();
    this.#session?.multiplexer.ping(this.#pingSentAtMs);
  }

  #onPong(sentAtMs: number): void {
    if (sentAtMs !== this.#pingSentAtMs || this.#state.status !== 'open') return;
    this.#setState({ ...this.#state, roundTripMs: Date.now() - sentAtMs });
  }
}

function channelOf(socket: WebSocket, onDrain: () => void): MessageChannel {
  const sendOptions = { binary: true, compress: false };
  const onSent = (): void => onDrain();
  return {
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(message, sendOptions, onSent);
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
}
