import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** States of TCP connections as /proc/net/tcp numbers them. */
const states: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
};

/** What a process has open, each kind with its number, the most frequent first; sockets with state and other end’s port. */
export function openDescriptors(pid: number): string {
  const sockets = new Map<string, string>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1)) {
      const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/u);
      const port = (address: string): number => Number.parseInt(address.split(':')[1] ?? '', 16);
      sockets.set(
        inode,
        `${states[state] ?? state} from ${port(local) < 32_768 ? port(local) : 'any'} to ${port(remote)}`,
      );
    }
  }
  const counts = new Map<string, number>();
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    let what: string;
    try {
      what = readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      continue;
    }
    const inode = /^socket:\[(\d+)\]$/u.exec(what)?.[1];
    if (inode !== undefined) what = sockets.get(inode) ?? 'another socket';
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([what, count]) => `${count} × ${what}`)
    .join(', ');
}
