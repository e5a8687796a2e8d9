import { reason } from '../../shared/reason.ts';
import { said } from '../../shared/plain-reason.ts';
import type { WebSocket } from 'ws';
import { personKey } from '../identity/person-key.ts';
import { Liveness } from '../../shared/tunnel/liveness.ts';
import { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import { closeCode, resetCode } from '../../shared/tunnel/protocol.ts';
import type { RelayControl } from '../../shared/tunnel/control-message.ts';
import type { StreamOwner, TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { webSocketChannel } from '../../shared/tunnel/web-socket-channel.ts';
import type { LimitsConfig } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import { findPlace, type Room } from './stream-places.ts';
import type { TunnelSession } from './tunnel-session.ts';

/** Bounds of one tunnel that the config doesn't set. */
const maxChannelBytes = 2_097_152;
const maxRetainedBytes = 8_388_608;
const maxGrowthBytes = 67_108_864;
const answerTimeoutMs = 10_000;

/** What a link asks of the endpoint that made it. */
export interface LinkHandlers {
  onOpen(link: TunnelLink, stream: TunnelStream, listenerId: number): StreamOwner | null;
  onControl(link: TunnelLink, message: unknown): void;
  /** The tunnel is over for good. */
  onEnded(link: TunnelLink, code: number, detail: string): void;
}

/**
 * One tunnel at the relay: the session's streams over a WebSocket that may be lost and taken up again within the
 * grace period. Ends by expiry, silence, a broken protocol, or when the grace is over.
 */
export class TunnelLink {
  readonly session: TunnelSession;
  readonly multiplexer: Multiplexer;
  readonly person: string;
  /** Good for a resumption, oldest first; more than one only until the client has shown that it has the newest. */
  readonly resumeTokens: string[] = [];
  #socket: WebSocket | null = null;
  #liveness: Liveness;
  #lostAtMs: number | null = null;
  #ended = false;
  readonly #handlers: LinkHandlers;
  readonly #pingAfterMs: number;
  readonly #graceMs: number;

  constructor(session: TunnelSession, limits: LimitsConfig, graceMs: number, handlers: LinkHandlers, nowMs: number) {
    this.session = session;
    this.person = personKey(session.identity);
    this.#handlers = handlers;
    this.#graceMs = graceMs;
    this.#pingAfterMs = limits.ping_seconds * 1000;
    this.#liveness = this.#newLiveness(nowMs);
    this.multiplexer = new Multiplexer({
      role: 'relay',
      schedule: setImmediate,
      allocate: (bytes) => Buffer.allocUnsafe(bytes),
      maxWindowBytes: limits.stream_window_bytes,
      maxGrowthBytes,
      maxStreams: limits.max_streams_per_tunnel,
      maxChannelBytes,
      maxRetainedBytes,
      memory: session.memory,
      roomFor: (listenerId) => this.#roomFor(listenerId, limits.max_streams_per_tunnel),
      onOpen: (stream, listenerId) => handlers.onOpen(this, stream, listenerId),
      onControl: (message) => handlers.onControl(this, message),
      onPong: () => undefined,
    });
    session.use(this.multiplexer);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** When the WebSocket was lost; null while there is one. */
  get lostAtMs(): number | null {
    return this.#lostAtMs;
  }

  /**
   * Whether the identity is of the same person, and its token bound to the same key (RFC 9449) and certificate (RFC
   * 8705) as the session's, or neither to any.
   */
  isOf(identity: Identity): boolean {
    const { jkt, certificateSha256 } = this.session.identity;
    return (
      this.person === personKey(identity) && jkt === identity.jkt && certificateSha256 === identity.certificateSha256
    );
  }

  /** Takes the WebSocket as the tunnel's; `resumeFrom` is what the client has received of an earlier one. */
  attach(socket: WebSocket, nowMs: number, resumeFrom?: number): boolean {
    const before = this.#socket;
    this.#socket = socket;
    before?.close(closeCode.replaced);
    before?.terminate();
    this.#lostAtMs = null;
    this.#liveness = this.#newLiveness(nowMs);
    return this.multiplexer.attach(webSocketChannel(socket, this.multiplexer), resumeFrom);
  }

  /**
   * One message of the present WebSocket. What a replaced one still had in its buffers is dropped: the client sends
   * it again. @throws ProtocolError
   */
  receive(socket: WebSocket, message: Buffer, nowMs: number): void {
    if (socket !== this.#socket) return;
    this.#liveness.heard(nowMs);
    this.multiplexer.receive(message);
  }

  /** The WebSocket is gone; without a resumption the tunnel ends after the grace period. */
  lost(socket: WebSocket, nowMs: number): void {
    if (this.#socket !== socket || this.#ended) return;
    this.#socket = null;
    this.multiplexer.detach();
    this.multiplexer.tidy();
    this.#lostAtMs = nowMs;
    if (this.#graceMs === 0) this.end(closeCode.normal, 'The link was lost.');
  }

  /** The client closed the tunnel in the orderly way: it won't come back. */
  left(socket: WebSocket): void {
    if (this.#socket === socket) this.end(closeCode.normal, 'The client closed the tunnel.');
  }

  /** Once a second: expiry, silence, grace. */
  check(nowMs: number): void {
    const { identity, memory } = this.session;
    memory.recount();
    if (identity.expiresAtMs <= nowMs) {
      this.sayGoodbye({ reason: 'session-expired', ...said(reason('not-renewed')), graceMs: 0 });
      this.end(closeCode.sessionExpired, 'The sign-in ended.');
      return;
    }
    if (this.#lostAtMs !== null) {
      if (nowMs - this.#lostAtMs >= this.#graceMs) this.end(closeCode.normal, 'The link was lost.');
      return;
    }
    this.multiplexer.tidy();
    const state = this.#liveness.check(nowMs);
    if (state === 'ping') this.multiplexer.ping(nowMs);
    else if (state === 'dead') this.#socket?.terminate();
  }

  sayGoodbye(goodbye: Omit<Extract<RelayControl, { type: 'goaway' }>, 'type'>): void {
    this.multiplexer.sendControl({ type: 'goaway', ...goodbye } satisfies RelayControl);
    this.multiplexer.flush();
  }

  /** Ends all streams and the WebSocket, for good. */
  end(code: number, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.multiplexer.flush();
    this.multiplexer.abandon(resetCode.tunnelLost, detail);
    this.session.activity.close();
    this.session.memory.close();
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) closeSoon(socket, code);
    this.#handlers.onEnded(this, code, detail);
  }

  #roomFor(listenerId: number, maxStreams: number): Room {
    return findPlace(this.multiplexer.streams(), this.multiplexer.openStreams, maxStreams, listenerId);
  }

  #newLiveness(nowMs: number): Liveness {
    return new Liveness({ pingAfterMs: this.#pingAfterMs, deadAfterMs: answerTimeoutMs }, nowMs);
  }
}

/** Closes in the orderly way, or by force when the other side doesn't answer. */
export function closeSoon(socket: WebSocket, code: number): void {
  socket.close(code);
  const timer = setTimeout(() => socket.terminate(), 1000);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
