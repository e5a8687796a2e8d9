import { readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** Who is at the other end of a Unix socket, as the kernel says it. */
export interface PeerProcess {
  readonly uid: number;
  /** Process id; null where the system doesn't tell. */
  readonly pid: number | null;
}

type GetOption = (descriptor: number, level: number, name: number, value: Buffer, length: Buffer) => number;
type GetPeer = (descriptor: number, uid: Buffer, gid: Buffer) => number;

const solSocket = 1;
const soPeerCredentials = 17;

function descriptorOf(socket: Socket): number {
  return (socket as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
}

let asking: Promise<((descriptor: number) => PeerProcess | null) | null> | undefined;

/** How this system tells; null where it doesn't, or where the library for calling it can't be loaded. */
async function findWay(): Promise<((descriptor: number) => PeerProcess | null) | null> {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return null;
  try {
    const { default: koffi } = await import('koffi/indirect');
    const libc = koffi.load(null);
    if (process.platform === 'darwin') {
      const getPeer = libc.func('int getpeereid(int, void *, void *)') as GetPeer;
      return (descriptor) => {
        const uid = Buffer.alloc(4);
        return getPeer(descriptor, uid, Buffer.alloc(4)) === 0 ? { uid: uid.readUInt32LE(0), pid: null } : null;
      };
    }
    const getOption = libc.func('int getsockopt(int, int, int, void *, void *)') as GetOption;
    return (descriptor) => {
      // struct ucred: pid, uid, gid (unix(7), SO_PEERCRED).
      const credentials = Buffer.alloc(12);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(credentials.length, 0);
      if (getOption(descriptor, solSocket, soPeerCredentials, credentials, length) !== 0) return null;
      return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) };
    };
  } catch {
    // The socket's file mode keeps others out by itself.
    return null;
  }
}

/** The process at the other end; null where the system doesn't tell, so that the file's mode alone decides. */
export async function peerProcess(socket: Socket): Promise<PeerProcess | null> {
  asking ??= findWay();
  const ask = await asking;
  const descriptor = descriptorOf(socket);
  return ask === null || descriptor < 0 ? null : ask(descriptor);
}

/** The program that a process runs, for the person; null where that can't be seen. */
export async function programOf(pid: number | null): Promise<string | null> {
  if (pid === null || process.platform !== 'linux') return null;
  return await readlink(`/proc/${pid}/exe`).catch(() => null);
}
