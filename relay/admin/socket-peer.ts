import type { Socket } from 'node:net';

/** The user id of who is at the other end of a Unix socket; null where the system doesn’t say. */
export type PeerUid = (socket: Socket) => number | null;

const linux = { level: 1, option: 17, bytes: 12, uidAt: 4 } as const;

/**
 * Asks the system who has connected, once and for good: on Linux SO_PEERCRED (unix(7)), on macOS getpeereid(3). Both are
 * what the kernel noted as the connection was made; nobody can say otherwise.
 */
export async function openPeerUid(): Promise<PeerUid> {
  const read = await reader().catch(() => null);
  const known = new WeakMap<Socket, number | null>();
  return (socket) => {
    const before = known.get(socket);
    if (before !== undefined) return before;
    const descriptor = descriptorOf(socket);
    const uid = read === null || descriptor === null ? null : read(descriptor);
    known.set(socket, uid);
    return uid;
  };
}

/** Rejects where the library for calling the system can’t be loaded. */
async function reader(): Promise<((descriptor: number) => number | null) | null> {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return null;
  const { default: koffi } = await import('koffi/indirect');
  const libc = koffi.load(null);
  if (process.platform === 'darwin') {
    const ask = libc.func('int getpeereid(int, void *, void *)') as (...args: unknown[]) => number;
    return (descriptor) => {
      const [uid, gid] = [Buffer.alloc(4), Buffer.alloc(4)];
      return ask(descriptor, uid, gid) === 0 ? uid.readUInt32LE(0) : null;
    };
  }
  const ask = libc.func('int getsockopt(int, int, int, void *, void *)') as (...args: unknown[]) => number;
  return (descriptor) => {
    const [credentials, length] = [Buffer.alloc(linux.bytes), Buffer.alloc(4)];
    length.writeUInt32LE(linux.bytes, 0);
    const isTold = ask(descriptor, linux.level, linux.option, credentials, length) === 0;
    return isTold ? credentials.readUInt32LE(linux.uidAt) : null;
  };
}

/** Node shows the descriptor of a pipe on its handle; null when it is closed already. */
function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : null;
}
