import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type KernelSockets, openKernelSockets } from './kernel-sockets.ts';
import type { ConnectionEnds } from './sock-diag.ts';
import { uidFromTable } from './socket-table.ts';

/** Whose a connection is: this user's, another one's, or nobody's that can be found (any more). */
export type PeerOwner = 'own' | 'other' | 'unknown';

/** The peer's end of an accepted connection; null when it has closed already. */
function peerEnds({ remoteAddress, remotePort, localAddress, localPort }: Socket): ConnectionEnds | null {
  if (!remoteAddress || !localAddress || remotePort === undefined || localPort === undefined) return null;
  return { localAddress: remoteAddress, localPort: remotePort, remoteAddress: localAddress, remotePort: localPort };
}

async function uidOf(socket: Socket, kernel: KernelSockets | null): Promise<number | undefined> {
  const ends = peerEnds(socket);
  if (ends === null) return undefined;
  if (kernel === null) return await uidFromTable(ends);
  try {
    return kernel.uidOf(ends);
  } catch {
    // The kernel is short of memory, or a sandbox has closed in on the process: the file says the same.
    return await uidFromTable(ends);
  }
}

interface Way {
  readonly kernel: KernelSockets | null;
}

/** How this system shows this process's own connections truly; null where it hides them, as some sandboxes do. */
async function findWay(): Promise<Way | null> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const kernel = await openKernelSockets();
    let found: Way | null = null;
    for (const way of kernel === null ? [{ kernel }] : [{ kernel }, { kernel: null }]) {
      if ((await uidOf(accepted, way.kernel)) !== process.getuid?.()) continue;
      found = way;
      break;
    }
    accepted.destroy();
    return found;
  } finally {
    client.destroy();
    server.close();
  }
}

let known: Promise<Way | null> | undefined;

async function way(): Promise<Way | null> {
  if (process.platform !== 'linux') return null;
  known ??= findWay();
  return await known;
}

/** Whether this system tells which user a loopback connection comes from; only then are others refused by it. */
export async function tellsPeerUser(): Promise<boolean> {
  return (await way()) !== null;
}

/**
 * Whether the program at the other end of an accepted connection still has it, be it that it only sends no more; null where
 * the system doesn't tell: elsewhere than on Linux, and of Unix sockets.
 */
export async function isPeerThere(socket: Socket): Promise<boolean | null> {
  const found = await way();
  if (found === null || socket.remoteAddress === undefined) return null;
  return (await uidOf(socket, found.kernel)) !== undefined;
}

/**
 * Whose an accepted loopback connection is. Always `own` where the system doesn't tell: elsewhere than on Linux. The
 * kernel is asked for the one socket; where it can't be, connections that wait share one look at its whole table.
 */
export async function peerOwner(socket: Socket): Promise<PeerOwner> {
  const found = await way();
  if (found === null) return 'own';
  const uid = await uidOf(socket, found.kernel);
  if (uid === undefined) return 'unknown';
  return uid === process.getuid?.() ? 'own' : 'other';
}
