import { type ProcSocket, readProcNet } from './proc-net.ts';
import type { ConnectionEnds } from './sock-diag.ts';

/** Address as /proc/net prints it: each 32-bit word in the machine's byte order, hexadecimal. */
const loopbackHex = {
  IPv4: '0100007F',
  IPv6: '00000000000000000000000001000000',
  // A dual-stack socket (RFC 4291 §2.5.5.2), as Java, .NET and gRPC open them also for 127.0.0.1; it stands in tcp6.
  mapped: '0000000000000000FFFF00000100007F',
} as const;

/**
 * User id of the peer of a loopback connection, from the kernel's table; undefined when it isn't there, or is there
 * without an owner: its inode is 0, and so would be the user id.
 */
export function peerUid(
  table: readonly ProcSocket[],
  connection: { readonly family: keyof typeof loopbackHex; readonly peerPort: number; readonly localPort: number },
): number | undefined {
  const address = loopbackHex[connection.family];
  return table.find(
    (socket) =>
      socket.localPort === connection.peerPort &&
      socket.remotePort === connection.localPort &&
      socket.localAddress === address &&
      socket.remoteAddress === address &&
      socket.inode !== '0',
  )?.uid;
}

/**
 * Reading the table costs the kernel milliseconds, whatever its size. So one read at a time serves all connections
 * that were accepted before it began.
 */
function sharedReads(family: 'IPv4' | 'IPv6'): () => Promise<ProcSocket[]> {
  let running: Promise<unknown> = Promise.resolve();
  let waiting: Promise<ProcSocket[]> | undefined;
  return () => {
    waiting ??= running.then(() => {
      waiting = undefined;
      const read = readProcNet(family);
      running = read.catch(() => undefined);
      return read;
    });
    return waiting;
  };
}

const tables = { IPv4: sharedReads('IPv4'), IPv6: sharedReads('IPv6') };

/** The same answer as `KernelSockets.uidOf`, from the file with the whole table: slow, but there without netlink. */
export async function uidFromTable(ends: ConnectionEnds): Promise<number | undefined> {
  const ports = { peerPort: ends.localPort, localPort: ends.remotePort };
  if (ends.localAddress === '::1') return peerUid(await tables.IPv6(), { family: 'IPv6', ...ports });
  const uid = peerUid(await tables.IPv4(), { family: 'IPv4', ...ports });
  return uid ?? peerUid(await tables.IPv6(), { family: 'mapped', ...ports });
}
