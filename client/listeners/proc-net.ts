import { readFile } from 'node:fs/promises';

/** One line of /proc/net/tcp or tcp6. Addresses are kept as the kernel prints them, hexadecimal. */
export interface ProcSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly listening: boolean;
  readonly uid: number;
  readonly inode: string;
}

/** Parses Linux's table of TCP sockets (proc_pid_net(5)); lines that don't look as documented are left out. */
export function parseProcNet(text: string): ProcSocket[] {
  const sockets: ProcSocket[] = [];
  for (const line of text.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    const [, local, remote, state, , , , uid, , inode] = columns;
    if (!local || !remote || !state || !uid || !inode) continue;
    const [localAddress = '', localPort = ''] = local.split(':');
    const [remoteAddress = '', remotePort = ''] = remote.split(':');
    sockets.push({
      localAddress,
      localPort: Number.parseInt(localPort, 16),
      remoteAddress,
      remotePort: Number.parseInt(remotePort, 16),
      listening: state === '0A',
      uid: Number(uid),
      inode,
    });
  }
  return sockets;
}

/** Reads the table for one address family; empty where the system has none. */
export async function readProcNet(family: 'IPv4' | 'IPv6'): Promise<ProcSocket[]> {
  try {
    return parseProcNet(await readFile(family === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp', 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
