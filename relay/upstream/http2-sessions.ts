import {
  type ClientHttp2Session,
  type ClientSessionOptions,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { WatchedConnection, type WatchedConnectionOptions } from './watched-connection.ts';

const idleTimeoutMs = 60_000;
/**
 * Streams that share a session at most, whatever its upstream takes: servers bound a session's memory (Node's: 10 MB) and
 * turn away what is too much, which people who call directly, each over a session of their own, never see.
 */
const maxSharedStreams = 32;
/** What a stream may be sent ahead of what is taken of it (RFC 9113 §6.9.2). */
const streamWindowBytes = 65_535;
/**
 * What all streams of a session may be sent ahead: as much as they may each by their own windows, which are what bounds the
 * memory. With the 64 KB that are usual, one way there and back would have to pass for every 64 KB of all of them together.
 */
const sessionWindowBytes = maxSharedStreams * streamWindowBytes;
/** Streams cut off in one session; servers take a thousand and more for an attack, and end all that runs there. */
const maxResets = 100;

/** Node's types lack the first of them. */
const sessionOptions: ClientSessionOptions & { strictSingleValueFields: boolean } = {
  // A request may repeat any header; over HTTP/1.1 it goes to the upstream as it is, too.
  strictSingleValueFields: false,
  // Nobody asked for what an upstream would push (RFC 9113 §8.4).
  settings: { enablePush: false, initialWindowSize: streamWindowBytes },
  // A space at an end of a value, as in gRPC's `grpc-message`, is taken off and no fault.
  strictFieldWhitespaceValidation: false,
};

/** A session with room for one more stream. */
export interface HeldSession {
  readonly session: ClientHttp2Session;
  /** What it runs on, where malformed fields are noticed that Node leaves out. */
  readonly connection: WatchedConnection;
  /** Gives the room back; `code` is what the stream ended with (RFC 9113 §7). */
  readonly release: (code?: number) => void;
}

interface Load {
  readonly connection: WatchedConnection;
  streams: number;
  resets: number;
}

/** HTTP/2 sessions to one upstream: a new one when the others are full, closed when idle (RFC 9113 §9.1). */
export class Http2Sessions {
  readonly #origin: string;
  readonly #options: ClientSessionOptions;
  readonly #connection: WatchedConnectionOptions;
  #onAnswer: (headers: IncomingHttpHeaders) => void = () => undefined;
  readonly #sessions = new Map<ClientHttp2Session, Load>();
  /** Those that take nothing new; what runs there ends in its own time. */
  readonly #leaving = new Set<ClientHttp2Session>();

  /** @param origin `http:` means cleartext with prior knowledge, `https:` ALPN `h2` */
  constructor(origin: string, options: ClientSessionOptions, connection: WatchedConnectionOptions) {
    this.#origin = origin;
    this.#options = options;
    this.#connection = connection;
  }

  /** A session with room for one more stream. */
  take(): HeldSession {
    for (const [session, load] of this.#sessions) {
      const { maxConcurrentStreams = maxSharedStreams } = session.remoteSettings ?? {};
      const room = Math.min(maxConcurrentStreams, maxSharedStreams);
      if (!session.closed && !session.destroyed && load.streams < room) return this.#hold(session, load);
    }
    const connection = new WatchedConnection(this.#origin, this.#connection);
    const session = connect(this.#origin, {
      ...sessionOptions,
      ...this.#options,
      settings: { ...sessionOptions.settings, ...this.#options.settings },
      createConnection: () => connection.socket,
    });
    session.once('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(sessionWindowBytes);
    });
    const load: Load = { connection, streams: 0, resets: 0 };
    this.#sessions.set(session, load);
    session.setTimeout(idleTimeoutMs, () => {
      if (load.streams === 0) session.close();
    });
    // Each stream reports its own failure; without a listener the session's would end the process.
    session.on('error', () => this.#leave(session));
    session.on('stream', (pushed) => {
      pushed.on('error', () => undefined);
      pushed.close(constants.NGHTTP2_REFUSED_STREAM);
    });
    session.once('goaway', () => this.#leave(session));
    session.once('close', () => {
      this.#sessions.delete(session);
      this.#leaving.delete(session);
    });
    return this.#hold(session, load);
  }

  /** Who is told of each answer's head. */
  onAnswer(told: (headers: IncomingHttpHeaders) => void): void {
    this.#onAnswer = told;
  }

  didAnswer(headers: IncomingHttpHeaders): void {
    this.#onAnswer(headers);
  }

  /** How many take new streams. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Lets streams finish. */
  close(): void {
    for (const session of this.#sessions.keys()) session.close();
  }

  destroy(): void {
    for (const session of [...this.#sessions.keys(), ...this.#leaving]) session.destroy();
  }

  #leave(session: ClientHttp2Session): void {
    if (!this.#sessions.delete(session) || session.destroyed) return;
    this.#leaving.add(session);
    session.close();
  }

  #hold(session: ClientHttp2Session, load: Load): HeldSession {
    load.streams += 1;
    let held = true;
    return {
      session,
      connection: load.connection,
      release: (code = constants.NGHTTP2_NO_ERROR) => {
        if (!held) return;
        held = false;
        load.streams -= 1;
        if (code !== constants.NGHTTP2_NO_ERROR) load.resets += 1;
        if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM || load.resets > maxResets) this.#leave(session);
      },
    };
  }
}
