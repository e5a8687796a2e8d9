import { text } from '../../shared/messages/text.ts';
import type { WebSocket } from 'ws';
import {
  type ClientControl,
  type ListenerDescription,
  relayControlSchema,
  type RelayControl,
  resumedSchema,
} from '../../shared/tunnel/control-message.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { CatalogAssembly } from '../../shared/tunnel/catalog-parts.ts';
import { ProtocolError } from '../../shared/tunnel/frame-codec.ts';
import { listenerParts } from '../../shared/tunnel/listener-parts.ts';
import { Liveness } from '../../shared/tunnel/liveness.ts';
import { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import type { MessageChannel } from '../../shared/tunnel/multiplexer-options.ts';
import { closeCode, frameType, resetCode } from '../../shared/tunnel/protocol.ts';
import { decodeResumption, encodeResumption } from '../../shared/tunnel/resumption.ts';
import { webSocketChannel } from '../../shared/tunnel/web-socket-channel.ts';
import { localAddressOf } from './dial.ts';
import type { TunnelClientOptions } from './tunnel-client.ts';

const answerTimeoutMs = 4000;
const answerAfterDoubtMs = 2500;
/** With local connections open, silence is looked into this soon, whatever the relay asks for. */
const pingInUseAfterMs = 4000;
const pingBeforeWelcomeMs = 5000;
const maxChannelBytes = 1_048_576;
const maxRetainedBytes = 16_777_216;
const maxGrowthBytes = 67_108_864;
const maxWindowBytes = 4_194_304;

/** Control messages that aren't the session's own. */
export type SessionControl = Exclude<RelayControl, { type: 'welcome' | 'catalog' | 'catalog-part' }>;

type Hello = Extract<ClientControl, { type: 'hello' }>;

/** What a session tells the tunnel client that made it. */
export interface SessionEvents {
  /** The relay has taken the session, or taken it up again: streams can be opened. */
  onOpen(sessionId: string): void;
  onCatalog(session: TunnelSession, catalog: Catalog): void;
  onControl(session: TunnelSession, message: SessionControl): void;
  /** The WebSocket is gone; the streams wait for `resume` or `end`. `fault` is what the relay did wrong. */
  onLost(session: TunnelSession, code: number, fault: string | null): void;
  /** The relay no longer knows the session; its streams are lost and the same WebSocket begins a new one. */
  onRefused(session: TunnelSession, socket: WebSocket): void;
  onRoundTrip(session: TunnelSession, roundTripMs: number): void;
}

/** One session with the relay: streams that outlive a lost link until they are resumed or the grace is over. */
export class TunnelSession {
  readonly multiplexer: Multiplexer;
  /** Places for streams at the relay. */
  maxStreams = Infinity;
  /** The relay answers a caller that has ended its side and is said to read on. */
  takesReadsOn = false;
  /** The relay’s name for the session, and what takes it up again; null before the welcome, and after a fault. */
  #resumable: { readonly sessionId: string; readonly token: string } | null = null;
  #resumeGraceMs = 0;
  #pingAfterMs = pingBeforeWelcomeMs;
  #socket: WebSocket | null = null;
  #localAddress: string | null = null;
  #liveness: Liveness | null = null;
  #lostAtMs: number | null = null;
  #pingSentAtMs = 0;
  readonly #catalog = new CatalogAssembly();
  #fault: string | null = null;
  #introduced: readonly ListenerDescription[] = [];
  readonly #listeners: () => readonly ListenerDescription[];
  readonly #device: TunnelClientOptions['device'];
  readonly #events: SessionEvents;

  constructor(
    device: TunnelClientOptions['device'],
    listeners: () => readonly ListenerDescription[],
    events: SessionEvents,
  ) {
    this.#device = device;
    this.#listeners = listeners;
    this.#events = events;
    this.multiplexer = new Multiplexer({
      role: 'client',
      schedule: setImmediate,
      allocate: (bytes) => Buffer.allocUnsafe(bytes),
      maxWindowBytes,
      maxGrowthBytes,
      maxStreams: 65_535,
      maxChannelBytes,
      maxRetainedBytes,
      onControl: (message) => this.#onControl(message),
      onPong: (sentAtMs) => {
        if (sentAtMs === this.#pingSentAtMs) events.onRoundTrip(this, Date.now() - sentAtMs);
      },
    });
  }

  /** The link is up and the relay has welcomed the session. */
  get open(): boolean {
    return this.#socket !== null && this.#resumable !== null && this.#lostAtMs === null;
  }

  /** Says hello on a fresh WebSocket and waits for the welcome. */
  introduce(socket: WebSocket): void {
    this.#use(socket, (message) => this.multiplexer.receive(message));
    this.multiplexer.attach(webSocketChannel(socket, this.multiplexer));
    this.#introduced = this.#listeners();
    this.#sendListeners({ type: 'hello', device: this.#device }, this.#introduced);
  }

  /** Takes the session up again on a new WebSocket; false when it can't be, and nothing was sent. */
  resume(socket: WebSocket): boolean {
    const resumable = this.#resumable;
    if (resumable === null) return false;
    const channel = webSocketChannel(socket, this.multiplexer);
    let resumed = false;
    this.#use(socket, (message) => {
      if (resumed) this.multiplexer.receive(message);
      else resumed = this.#onResumption(socket, channel, message, resumable.sessionId);
    });
    channel.send(encodeResumption(frameType.resume, { token: resumable.token, received: this.multiplexer.received }));
    return true;
  }

  send(message: ClientControl): void {
    this.multiplexer.sendControl(message);
  }

  /** The whole set, in as many messages as it takes. */
  sendListeners(listeners: readonly ListenerDescription[]): void {
    this.#sendListeners({ type: 'listeners' }, listeners);
  }

  #sendListeners(
    firstIn: Omit<Hello, 'listeners' | 'more'> | { type: 'listeners' },
    listeners: readonly ListenerDescription[],
  ): void {
    const { first, rest } = listenerParts(listeners);
    this.send({ ...firstIn, listeners: first, ...(rest.length > 0 ? { more: true } : {}) });
    for (const [index, part] of rest.entries())
      this.send({ type: 'listeners-part', listeners: part, more: index < rest.length - 1 });
  }

  /** Whether the grace period of a lost link is over. */
  isBeyondGrace(nowMs: number): boolean {
    return this.#lostAtMs !== null && nowMs - this.#lostAtMs > this.#resumeGraceMs;
  }

  /** Pings a silent link and cuts a dead one; `doubtful` asks for a ping in any case. */
  check(nowMs: number, doubtful: boolean): void {
    this.multiplexer.tidy();
    if (doubtful) this.#liveness?.doubt(nowMs);
    const state = this.#liveness?.check(nowMs, this.multiplexer.openStreams > 0 ? pingInUseAfterMs : undefined);
    if (state === 'ping') this.#ping();
    else if (state === 'dead') this.#socket?.terminate();
  }

  /** Cuts a link that goes out from an address that this computer no longer has: nothing can come back to it. */
  leaveGoneAddress(addresses: ReadonlySet<string>): void {
    const address = this.#localAddress;
    if (this.#socket !== null && address !== null && !addresses.has(address)) this.#socket.terminate();
  }

  /** Loses all streams for good; the WebSocket, if any, is the caller's to close. */
  abandon(why: string): WebSocket | null {
    const socket = this.#socket;
    this.#socket = null;
    this.#liveness = null;
    this.multiplexer.abandon(resetCode.tunnelLost, why);
    return socket;
  }

  #use(socket: WebSocket, receive: (message: Buffer) => void): void {
    this.#socket = socket;
    this.#localAddress = localAddressOf(socket);
    this.#liveness = this.#newLiveness();
    socket.binaryType = 'nodebuffer';
    socket.removeAllListeners('message');
    socket.on('message', (message: Buffer, isBinary) => {
      if (this.#socket !== socket) return;
      this.#liveness?.heard(Date.now());
      try {
        if (!isBinary) throw new ProtocolError('The relay sent a text message.');
        receive(message);
      } catch (error) {
        this.#resumable = null;
        if (error instanceof ProtocolError) this.#fault = error.message;
        socket.close(closeCode.protocolError);
        socket.terminate();
        if (!(error instanceof ProtocolError)) throw error;
      }
    });
    socket.once('close', (code) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#liveness = null;
      this.multiplexer.detach();
      this.#lostAtMs ??= Date.now();
      if (code === closeCode.protocolError) this.#resumable = null;
      this.#events.onLost(this, code, this.#fault);
    });
  }

  /** The relay's answer to RESUME; true when the session goes on. */
  #onResumption(socket: WebSocket, channel: MessageChannel, message: Buffer, sessionId: string): boolean {
    const answer = decodeResumption(message);
    const resumed = answer?.type === frameType.resumed ? resumedSchema.safeParse(answer.content) : null;
    if (resumed?.success === true && this.multiplexer.attach(channel, resumed.data.received)) {
      this.#resumable = { sessionId, token: resumed.data.token };
      this.#lostAtMs = null;
      this.sendListeners(this.#listeners());
      this.#opened(sessionId);
      return true;
    }
    this.abandon(text('failure.tunnel-forgotten'));
    this.#events.onRefused(this, socket);
    return false;
  }

  #onControl(message: unknown): void {
    const parsed = relayControlSchema.safeParse(message);
    if (!parsed.success) throw new ProtocolError('The relay sent a control message that this version can’t read.');
    const { data } = parsed;
    if (data.type === 'welcome') this.#onWelcome(data);
    else if (data.type === 'catalog') this.#onCatalog(this.#catalog.begin(data.catalog, data.more === true));
    else if (data.type === 'catalog-part') this.#onCatalog(this.#catalog.add(data));
    else this.#events.onControl(this, data);
  }

  #onCatalog(catalog: Catalog | null | undefined): void {
    if (catalog === undefined) throw new ProtocolError('A part of a catalog that wasn’t begun.');
    if (catalog !== null) this.#events.onCatalog(this, catalog);
  }

  #onWelcome(welcome: Extract<RelayControl, { type: 'welcome' }>): void {
    const { sessionId } = welcome;
    this.#resumable = { sessionId, token: welcome.resumeToken };
    this.#resumeGraceMs = welcome.resumeGraceMs;
    this.maxStreams = welcome.maxStreams;
    this.takesReadsOn = welcome.takesReadsOn === true;
    this.#pingAfterMs = welcome.pingAfterMs;
    this.multiplexer.limitWindows(welcome.maxWindowBytes);
    this.#liveness = this.#newLiveness();
    // Listeners that came between hello and welcome.
    const listeners = this.#listeners();
    if (this.#introduced !== listeners) this.sendListeners(listeners);
    this.#onCatalog(this.#catalog.begin(welcome.catalog, welcome.more === true));
    this.#opened(sessionId);
  }

  #newLiveness(): Liveness {
    const options = { deadAfterMs: answerTimeoutMs, deadAfterDoubtMs: answerAfterDoubtMs };
    return new Liveness({ pingAfterMs: this.#pingAfterMs, ...options }, Date.now());
  }

  #opened(sessionId: string): void {
    this.#events.onOpen(sessionId);
    this.#ping();
  }

  #ping(): void {
    this.#pingSentAtMs = Date.now();
    this.multiplexer.ping(this.#pingSentAtMs);
  }
}
