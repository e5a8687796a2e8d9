import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type ProcSocket, readProcNet } from './proc-net.ts';

/** Address as /proc/net prints it: each 32-bit word in the machine's byte order, hexadecimal. */
const loopbackHex = {
  IPv4: '0100007F',
  IPv6: '00000000000000000000000001000000',
  // A dual-stack socket (RFC 4291 §2.5.5.2), as Java, .NET and gRPC open them also for 127.0.0.1; it stands in tcp6.
  mapped: '0000000000000000FFFF00000100007F',
} as const;

/** User id of the peer of a loopback connection, from the kernel's table; undefined when it isn't there. */
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
      socket.remoteAddress === address,
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

async function uidOf(socket: Socket): Promise<number | undefined> {
  const { remotePort, localPort } = socket;
  if (remotePort === undefined || localPort === undefined) return undefined;
  const ports = { peerPort: remotePort, localPort };
  if (socket.remoteFamily === 'IPv6') return peerUid(await tables.IPv6(), { family: 'IPv6', ...ports });
  const uid = peerUid(await tables.IPv4(), { family: 'IPv4', ...ports });
  return uid ?? peerUid(await tables.IPv6(), { family: 'mapped', ...ports });
}

/** Whether the kernel's table shows this process's own connections truly; some containers and sandboxes hide them. */
async function tableIsUsable(): Promise<boolean> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const uid = await uidOf(accepted);
    accepted.destroy();
    return uid === process.getuid?.();
  } finally {
    client.destroy();
    server.close();
  }
}

let usable: Promise<boolean> | undefined;

/** Whether this system tells which user a loopback connection comes from; only then are others refused by it. */
export async function tellsPeerUser(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  usable ??= tableIsUsable();
  return await usable;
}

/**
 * Whether an accepted loopback connection comes from the operating-system user that runs this process. A peer that
 * the table doesn't show (it has already gone) is refused. Always true where the system offers no table: elsewhere
 * than on Linux. Connections that are accepted at the same time share one look at the kernel's table.
 */
export async function isOwnUser(socket: Socket): Promise<boolean> {
  if (!(await tellsPeerUser())) return true;
  return (await uidOf(socket)) === process.getuid?.();
}
