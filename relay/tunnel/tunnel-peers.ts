import type { WebSocket } from 'ws';

/** What is used up when a connection can't be taken. */
export type ConnectVerdict = 'ok' | 'full' | 'full-for-person';

/** Who came with a RESUME for a tunnel of another worker, and what of it has arrived. */
export interface ReturningClient {
  readonly socket: WebSocket;
  readonly resumeToken: string;
  /** As it came with the upgrade; checked already. */
  readonly accessToken: string;
  readonly remoteAddress: string;
  /** Messages received so far, the RESUME first; grows until the client is handed over. */
  readonly messages: readonly Buffer[];
}

/**
 * The other workers of a relay of several processes, as far as tunnels concern them all: limits that hold over all of
 * them, and clients that come back to another worker than the one that has their tunnel. Persons are named as
 * `personKey` does.
 */
export interface TunnelPeers {
  /** Begins each resume token of this worker, so that the others can tell whose tunnel it is. */
  readonly tokenPrefix: string;
  /** Whether the token names another worker that there is. */
  isOfPeer(resumeToken: string): boolean;
  /** Counts a connection of a known person. It counts until {@link didDisconnect}. */
  connect(person: string): Promise<ConnectVerdict>;
  didDisconnect(person: string): void;
  /**
   * Asks for a tunnel's place. When there is none, the tunnel that is away longest, on whichever worker, ends for it;
   * false when none is away. The place is held until {@link didEnd}.
   */
  open(person: string, sessionId: string): Promise<boolean>;
  /** The link was lost at that moment, or is back (null). */
  didLose(sessionId: string, lostAtMs: number | null): void;
  didEnd(sessionId: string): void;
  /** A session of the person was opened here: tunnels of the others are to be told. `session` as `sessionIdOf` names it. */
  didOpenSession(person: string, session: string): void;
  /**
   * Hands the client over to the worker that has its tunnel; from then on all its messages go there. False when that
   * worker doesn't know the tunnel or can't be reached: then nothing has been sent.
   */
  handOver(client: ReturningClient): Promise<boolean>;
}
