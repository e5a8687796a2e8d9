import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { AccessError } from '../../shared/errors.ts';
import { roomBeside } from './descriptor-room.ts';
import { type PeerOwner, peerOwner } from './peer-user.ts';
import { findPortHolder, holderWords, type PortHolder } from './port-holder.ts';
import type { Refusal } from './refusal.ts';
import { endUnknown, turnAway } from './turn-away.ts';
import { text } from '../../shared/messages/text.ts';
import { withSharedReads } from '../tunnel/shared-reads.ts';

/** An open port on 127.0.0.1 and, where the system has it, [::1]. */
export interface LoopbackListener {
  readonly port: number;
  /** Stops listening and cuts the connections that came in; safe to call twice. */
  close(): Promise<void>;
}

export interface LoopbackListenerOptions {
  /** The port to hold, exclusively. */
  readonly port: number;
  /** What it is for, to complete “Port 7101, for …”. */
  readonly purpose: string;
  /** Takes over an accepted connection, paused, with nothing read from it. */
  readonly onConnection: (socket: Socket) => void;
  /** A connection was turned away. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** Whose the connection is; default asks the operating system. */
  readonly peerOwner?: (socket: Socket) => Promise<PeerOwner>;
  /** Who holds a port that is taken; default asks the operating system, which looks through all processes. */
  readonly holderOf?: (port: number) => Promise<PortHolder | null>;
}

const noIpv6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/**
 * Opens both loopback addresses or neither. Raw TCP: the relay has the only HTTP parser.
 * @throws AccessError `port-taken`, naming who holds the port
 */
export async function openLoopbackListener(options: LoopbackListenerOptions): Promise<LoopbackListener> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const ownerOf = options.peerOwner ?? peerOwner;
  let closed = false;

  async function accept(accepted: Socket): Promise<void> {
    const socket = withSharedReads(accepted);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    const room = roomBeside(socket);
    if (room === 'none') {
      refuse(socket, 'no-descriptors');
      return;
    }
    const owner = await ownerOf(socket).catch(() => 'unknown' as const);
    if (closed || socket.destroyed) socket.destroy();
    else if (owner === 'other') refuse(socket, 'other-user');
    else if (owner === 'unknown') endUnknown(socket, options.onRefused);
    else if (room === 'little') turnAway(socket, options.onRefused);
    else options.onConnection(socket);
  }

  function refuse(socket: Socket, refusal: Refusal): void {
    socket.destroy();
    options.onRefused?.(refusal);
  }

  async function listen(host: string): Promise<void> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (s) => void accept(s));
    servers.push(server);
    server.listen({ host, port: options.port, exclusive: true, ipv6Only: host === '::1' });
    await once(server, 'listening');
  }

  async function close(): Promise<void> {
    closed = true;
    const ends = servers.splice(0).map(async (server) => {
      if (!server.listening) return;
      const ended = once(server, 'close');
      server.close();
      await ended;
    });
    for (const socket of sockets) socket.destroy();
    await Promise.all(ends);
  }

  try {
    await listen('127.0.0.1');
    await listen('::1').catch((error: unknown) => {
      if (!noIpv6.has(codeOf(error) ?? '')) throw error;
    });
  } catch (error) {
    await close();
    if (codeOf(error) === 'EADDRINUSE') {
      const holder = await (options.holderOf ?? findPortHolder)(options.port);
      throw new AccessError(
        'port-taken',
        text('failure.port-used', {
          port: String(options.port),
          purpose: options.purpose,
          holder: holderWords(holder),
        }),
        { cause: error },
      );
    }
    if (codeOf(error) === 'EACCES') {
      throw new AccessError('port-taken', text('failure.port-forbidden', { port: String(options.port) }), {
        cause: error,
      });
    }
    throw error;
  }
  return { port: options.port, close };
}
