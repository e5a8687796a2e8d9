import { AccessError } from '../../shared/errors.ts';

const family = { unix: 1 } as const;
const type = { datagram: 2, closeOnExec: 0o2000000 } as const;
/** Never waits: whoever reads slowly must not hold up the relay. */
const noSignalNoWait = 0x4040;
const wouldBlock = 11;

/** Sends datagrams to a Unix socket of this computer, which Node’s own modules can’t. */
export interface DatagramSocket {
  /** False when the reader is behind, and this must be sent again. */
  send(text: string): boolean;
}

/**
 * Opens one for a path, or for a name without one where it begins with “@” (unix(7)).
 * @throws AccessError `bad-input` where this system has no such sockets
 */
export async function openDatagramSocket(path: string): Promise<DatagramSocket> {
  if (process.platform !== 'linux')
    throw new AccessError('bad-input', 'Only Linux has the sockets of a service manager.');
  const { default: koffi } = await import('koffi/indirect');
  const libc = koffi.load(null);
  const open = libc.func('int socket(int, int, int)');
  const sendTo = libc.func('intptr_t sendto(int, const void*, size_t, int, const void*, unsigned int)');
  const address = Buffer.alloc(2 + Buffer.byteLength(path) + (path.startsWith('@') ? 0 : 1));
  address.writeUInt16LE(family.unix, 0);
  address.write(path.startsWith('@') ? `\0${path.slice(1)}` : path, 2);
  const socket = open(family.unix, type.datagram | type.closeOnExec, 0) as number;
  if (socket < 0) throw new AccessError('bad-input', `No socket can be opened (errno ${koffi.errno()}).`);
  return {
    send(text) {
      const bytes = Buffer.from(text);
      if ((sendTo(socket, bytes, bytes.length, noSignalNoWait, address, address.length) as number) >= 0) return true;
      if (koffi.errno() === wouldBlock) return false;
      throw new AccessError('bad-input', `The service manager can’t be told (errno ${koffi.errno()}).`);
    },
  };
}
