import { isIPv4 } from 'node:net';
import { type ProcSocket, readProcNet } from './proc-net.ts';
import { addressBytes, type ConnectionEnds } from './sock-diag.ts';

/** Address as /proc/net prints it: each 32-bit word in the machine's byte order, hexadecimal. */
function printed(address: Buffer): string {
  return Buffer.from(address).swap32().toString('hex').toUpperCase();
}

/**
 * User id of the socket with these ends, from the kernel's table; undefined when it isn't there, or is there without an
 * owner: its inode is 0, and so would be the user id. An IPv4 address stands in tcp as such and in tcp6, for a
 * dual-stack socket (RFC 4291 §2.5.5.2) as Java, .NET and gRPC open them, as a mapped one.
 */
export function uidIn(table: readonly ProcSocket[], ends: ConnectionEnds): number | undefined {
  const [local, remote] = [addressBytes(ends.localAddress), addressBytes(ends.remoteAddress)].map((bytes) => [
    printed(bytes),
    printed(bytes.subarray(12)),
  ]);
  return table.find(
    (socket) =>
      socket.localPort === ends.localPort &&
      socket.remotePort === ends.remotePort &&
      local?.includes(socket.localAddress) === true &&
      remote?.includes(socket.remoteAddress) === true &&
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
  const plain = isIPv4(ends.localAddress) ? uidIn(await tables.IPv4(), ends) : undefined;
  return plain ?? uidIn(await tables.IPv6(), ends);
}
