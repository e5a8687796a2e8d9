import type { WebSocket } from 'ws';
import { personKey } from '../identity/person-key.ts';
import { ProtocolError } from '../../shared/tunnel/frame-codec.ts';
import { closeCode } from '../../shared/tunnel/protocol.ts';
import { decodeResumption } from '../../shared/tunnel/resumption.ts';
import type { SessionLife } from './session-life.ts';
import type { Resumption, TunnelBeginnings } from './tunnel-beginnings.ts';
import type { TunnelEndpointOptions } from './tunnel-endpoint-options.ts';
import type { TunnelCaller } from './tunnel-gates.ts';
import { closeSoon, type TunnelLink } from './tunnel-link.ts';
import type { TunnelPeers } from './tunnel-peers.ts';
import type { TunnelRegistry } from './tunnel-registry.ts';

/** The relay itself failed (RFC 6455 §7.4.1). */
const internalError = 1011;

/** What of the endpoint serves a WebSocket. */
export interface ServingParts {
  readonly options: Pick<TunnelEndpointOptions, 'inForce' | 'log' | 'peers'>;
  readonly registry: TunnelRegistry;
  readonly beginnings: TunnelBeginnings;
  readonly life: SessionLife;
}

/** One WebSocket from its upgrade to its close: finds its tunnel with the first message, and gives it the others. */
export function serveWebSocket(socket: WebSocket, caller: TunnelCaller, parts: ServingParts): void {
  const { registry, beginnings, life } = parts;
  const { inForce, log, peers } = parts.options;
  const person = personKey(caller.identity);
  registry.didConnect(person);
  let link: TunnelLink | null = null;
  /** What arrives while other workers are asked; null otherwise. */
  let waiting: Buffer[] | null = null;
  const fail = (code: number, detail: string): void => {
    if (link === null) closeSoon(socket, code);
    else link.end(code, detail);
  };
  const didFail = (error: unknown): void => {
    const sessionId = link?.session.id;
    if (error instanceof ProtocolError) {
      log.warn({ reason: error.message, sessionId }, 'tunnel broke the protocol');
      fail(error.closeCode, error.message);
    } else {
      // A fault of the relay in one tunnel must not end the others.
      log.error({ err: error, sessionId }, 'a tunnel failed');
      fail(internalError, 'The relay failed.');
    }
  };
  const helloTimer = setTimeout(() => {
    if (link === null || link.session.device === null) fail(closeCode.silent, 'No hello came in time.');
  }, inForce().limits.hello_timeout_seconds * 1000);
  const receive = (known: TunnelLink, message: Buffer): void => {
    if (known.ended) return;
    if (known.resumeTokens.length > 1) registry.confirmResumeToken(known);
    known.receive(socket, message, Date.now());
  };
  const askPeers = (asked: TunnelPeers, resumption: Resumption | null, message: Buffer): void => {
    const messages = [message];
    waiting = messages;
    socket.pause();
    const settle = (first: TunnelLink | 'elsewhere' | null): void => {
      waiting = null;
      if (first === 'elsewhere') {
        clearTimeout(helloTimer);
        socket.off('message', onMessage);
      }
      if (first === 'elsewhere' || first === null) return;
      link = first;
      if (life.endIfRevoked(first)) return;
      socket.resume();
      for (const early of resumption === null ? messages : messages.slice(1)) receive(first, early);
    };
    beginnings.firstAmongPeers(asked, socket, resumption, caller, messages).then(settle).catch(didFail);
  };
  const onMessage = (message: Buffer, isBinary: boolean): void => {
    try {
      if (!isBinary) throw new ProtocolError('The tunnel has only binary messages.');
      if (waiting !== null) waiting.push(message);
      else if (link !== null) receive(link, message);
      else {
        const resumption = decodeResumption(message);
        if (peers !== undefined) {
          askPeers(peers, resumption, message);
          return;
        }
        link = beginnings.first(socket, resumption, caller);
        // It may have been revoked since the upgrade, before there was a tunnel to end.
        if (life.endIfRevoked(link)) return;
        if (resumption === null) receive(link, message);
      }
    } catch (error) {
      didFail(error);
    }
  };
  socket.on('message', onMessage);
  // Who doesn't read gets no answer: RFC 6455 §5.5.3 asks for one to the newest ping only.
  socket.on('ping', (data) => {
    if (socket.bufferedAmount === 0) socket.pong(data);
  });
  socket.on('error', () => socket.terminate());
  socket.once('close', (code) => {
    clearTimeout(helloTimer);
    registry.didDisconnect(person);
    if (code === closeCode.normal) link?.left(socket);
    else link?.lost(socket, Date.now());
    if (link !== null && !link.ended && link.lostAtMs !== null) peers?.didLose(link.session.id, link.lostAtMs);
  });
}
