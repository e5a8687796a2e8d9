import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { personKey } from '../identity/person-key.ts';
import { resumeSchema } from '../../shared/tunnel/control-message.ts';
import { ProtocolError } from '../../shared/tunnel/frame-codec.ts';
import { closeCode, frameType } from '../../shared/tunnel/protocol.ts';
import { type decodeResumption, encodeResumption } from '../../shared/tunnel/resumption.ts';
import type { TunnelEndpointOptions } from './tunnel-endpoint-options.ts';
import type { TunnelCaller } from './tunnel-gates.ts';
import { type LinkHandlers, TunnelLink } from './tunnel-link.ts';
import type { TunnelPeers } from './tunnel-peers.ts';
import type { TunnelRegistry } from './tunnel-registry.ts';
import { TunnelSession } from './tunnel-session.ts';

/** Why a tunnel whose client is away ends before its grace is over. */
export const placeNeeded = 'The link was lost, and its place was needed.';

/** What stands in a first message that isn't a control message. */
export type Resumption = NonNullable<ReturnType<typeof decodeResumption>>;

type BeginningOptions = Pick<TunnelEndpointOptions, 'inForce' | 'log' | 'overload' | 'peers' | 'sessions' | 'watch'>;

/** Decides which tunnel a WebSocket is for: an old one that goes on, here or at another worker, or a new one. */
export class TunnelBeginnings {
  readonly #options: BeginningOptions;
  readonly #registry: TunnelRegistry;
  readonly #handlers: LinkHandlers;

  /** @param handlers of each tunnel that begins here */
  constructor(options: BeginningOptions, registry: TunnelRegistry, handlers: LinkHandlers) {
    this.#options = options;
    this.#registry = registry;
    this.#handlers = handlers;
  }

  /** The first message decides whether an old tunnel goes on or a new one begins. @throws ProtocolError */
  first(socket: WebSocket, resumption: Resumption | null, caller: TunnelCaller): TunnelLink {
    if (resumption !== null) {
      const resumed = this.#resume(socket, readResume(resumption), caller);
      if (resumed !== null) return resumed;
      refuseResumption(socket);
    }
    this.#makeRoom(personKey(caller.identity));
    return this.#begin(socket, randomUUID(), caller);
  }

  /**
   * The same with other workers: one of them may have the tunnel. Null when the client has left meanwhile.
   * @param messages received so far, the first one first; grows until the client is handed over
   */
  async firstAmongPeers(
    peers: TunnelPeers,
    socket: WebSocket,
    resumption: Resumption | null,
    caller: TunnelCaller,
    messages: readonly Buffer[],
  ): Promise<TunnelLink | 'elsewhere' | null> {
    const { identity, remoteAddress, accessToken } = caller;
    if (resumption !== null) {
      const asked = readResume(resumption);
      if (!peers.isOfPeer(asked.token)) {
        const resumed = this.#resume(socket, asked, caller);
        if (resumed !== null) return resumed;
      } else {
        const client = { socket, accessToken, remoteAddress, messages, resumeToken: asked.token };
        if (await peers.handOver(client)) {
          this.#options.watch?.resumption('handed-over');
          return 'elsewhere';
        }
        this.#options.watch?.resumption('unknown');
      }
      refuseResumption(socket);
    }
    const sessionId = randomUUID();
    if (!(await peers.open(personKey(identity), sessionId))) throw tooManyTunnels();
    if (socket.readyState === socket.OPEN) return this.#begin(socket, sessionId, caller);
    peers.didEnd(sessionId);
    return null;
  }

  #begin(socket: WebSocket, sessionId: string, { identity, remoteAddress }: TunnelCaller): TunnelLink {
    const now = Date.now();
    const session = new TunnelSession(sessionId, identity, remoteAddress, now, this.#options.overload);
    const { limits } = this.#options.inForce();
    const link = new TunnelLink(session, limits, limits.resume_grace_seconds * 1000, this.#handlers, now);
    this.#registry.add(link);
    link.attach(socket, now);
    return link;
  }

  /** Ends the tunnel that is away longest when there are too many. @throws ProtocolError when none is away */
  #makeRoom(person: string): void {
    const { limits } = this.#options.inForce();
    const full = this.#registry.size >= limits.max_tunnels;
    const fullOfPerson = this.#registry.ofPerson(person) >= limits.max_tunnels_per_user;
    if (!full && !fullOfPerson) return;
    const lost = this.#registry.longestLost(fullOfPerson ? person : undefined);
    if (lost === null) throw tooManyTunnels();
    lost.end(closeCode.normal, placeNeeded);
  }

  #resume(
    socket: WebSocket,
    asked: { token: string; received: number },
    { identity, remoteAddress }: TunnelCaller,
  ): TunnelLink | null {
    const link = this.#registry.linkOf(asked.token);
    if (link === null || link.ended) {
      this.#options.watch?.resumption('unknown');
      return null;
    }
    if (!link.isOf(identity)) {
      this.#options.log.warn({ sessionId: link.session.id, remoteAddress }, 'a resume token came from another session');
      this.#options.watch?.resumption('other-session');
      link.end(closeCode.sessionRevoked, 'The resume token was used by somebody else.');
      return null;
    }
    if (!link.multiplexer.canResumeFrom(asked.received)) {
      this.#options.watch?.resumption('gap');
      link.end(closeCode.protocolError, 'The client’s position can’t be resumed from.');
      return null;
    }
    this.#options.watch?.resumption('resumed');
    link.session.remoteAddress = remoteAddress;
    link.session.renew(identity);
    this.#options.sessions?.didOpen(link.session);
    const token = this.#registry.issueResumeToken(link);
    socket.send(
      encodeResumption(frameType.resumed, {
        token,
        received: link.multiplexer.received,
        expiresAtMs: identity.expiresAtMs,
      }),
    );
    link.attach(socket, Date.now(), asked.received);
    this.#options.peers?.didLose(link.session.id, null);
    return link;
  }
}

function readResume(resumption: Resumption): { token: string; received: number } {
  if (resumption.type !== frameType.resume) throw new ProtocolError('A client begins with RESUME or CONTROL.');
  const asked = resumeSchema.safeParse(resumption.content);
  if (!asked.success) throw new ProtocolError('A RESUME that can’t be read.');
  return asked.data;
}

function refuseResumption(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(encodeResumption(frameType.resumeRefused, { detail: 'The tunnel is no longer known here.' }));
}

function tooManyTunnels(): ProtocolError {
  return new ProtocolError('There are too many tunnels.', { closeCode: closeCode.tooMuch });
}
