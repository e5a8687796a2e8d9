import { once } from 'node:events';
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { roomBeside } from './descriptor-room.ts';
import type { Refusal } from './refusal.ts';
import { turnAway } from './turn-away.ts';
import { text } from '../../shared/messages/text.ts';
import { withSharedReads } from '../tunnel/shared-reads.ts';

/** An open Unix socket that only this user can reach. */
export interface UnixListener {
  readonly path: string;
  /** Stops listening, removes the socket's file and cuts the connections that came in; safe to call twice. */
  close(): Promise<void>;
}

export interface UnixListenerOptions {
  /** The socket's file; its folder is made, for this user only, when it isn't there. */
  readonly path: string;
  /** Takes over an accepted connection, paused, with nothing read from it. */
  readonly onConnection: (socket: Socket) => void;
  /** A connection was turned away. */
  readonly onRefused?: (refusal: Refusal) => void;
}

/** Longest path that every Unix takes for a socket, in bytes: macOS has room for 104 with the NUL. */
const maxPathBytes = 103;

/** Whether this system and a path of this length can have a Unix socket. Windows' named pipes let others in: none. */
export function canListenAt(path: string): boolean {
  return process.platform !== 'win32' && Buffer.byteLength(path) <= maxPathBytes;
}

/**
 * Opens a socket with mode 0600 in a folder with mode 0700. A socket that nobody listens on any more is replaced;
 * anything else at that place is left alone.
 * @throws AccessError `port-taken` when the place belongs to somebody else or to another Causeway
 */
export async function openUnixListener(options: UnixListenerOptions): Promise<UnixListener> {
  const { path } = options;
  await prepareFolder(dirname(path));
  await clearStale(path);
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (accepted) => {
    const socket = withSharedReads(accepted);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => void socket.destroy());
    const room = roomBeside(socket);
    if (room === 'enough') options.onConnection(socket);
    else if (room === 'little') turnAway(socket, options.onRefused);
    else {
      socket.destroy();
      options.onRefused?.('no-descriptors');
    }
  });
  server.listen(path);
  try {
    await once(server, 'listening');
    await chmod(path, 0o600);
  } catch (cause) {
    server.close();
    throw new AccessError('port-taken', text('failure.socket', { path, why: (cause as Error).message }), { cause });
  }
  let closed: Promise<void> | undefined;
  return {
    path,
    close() {
      closed ??= (async () => {
        const ended = once(server, 'close');
        server.close();
        for (const socket of sockets) socket.destroy();
        await ended;
      })();
      return closed;
    },
  };
}

function isOwn(uid: number): boolean {
  return uid === process.getuid?.();
}

async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || !isOwn(found.uid)) {
    throw new AccessError('port-taken', text('failure.socket-folder', { folder }));
  }
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** Removes what a Causeway that crashed has left behind. @throws AccessError `port-taken` when it is anything else */
async function clearStale(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return;
  if (!found.isSocket() || !isOwn(found.uid)) {
    throw new AccessError('port-taken', text('failure.socket-there', { path }));
  }
  if (await answers(path)) {
    throw new AccessError('port-taken', text('failure.socket-taken', { path }));
  }
  await unlink(path);
}

/** Whether somebody listens; anything but a plain refusal counts as somebody. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
