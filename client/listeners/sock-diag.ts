import { isIPv4, isIPv6 } from 'node:net';

/** Both ends of a TCP connection, as one of them sees it. */
export interface ConnectionEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** What the kernel says about one socket. */
export type SocketAnswer =
  | { readonly type: 'found'; readonly sequence: number; readonly uid: number }
  | { readonly type: 'missing'; readonly sequence: number }
  | { readonly type: 'refused'; readonly sequence: number; readonly errno: number };

const sockDiagByFamily = 20;
const netlinkError = 2;
const flagRequest = 1;
const protocolTcp = 6;
const family = { IPv4: 2, IPv6: 10 } as const;
/** TCP_ESTABLISHED to TCP_CLOSING without TIME_WAIT (6), CLOSE (7), LISTEN (10) and the like: those have an owner. */
const ownedStates = new Set([1, 2, 3, 4, 5, 8, 9, 11]);
const noEntry = 2;

/** Length of a request: nlmsghdr and inet_diag_req_v2. */
export const requestBytes = 16 + 56;

/**
 * Asks for one TCP socket by its ends (netlink(7), sock_diag(7): SOCK_DIAG_BY_FAMILY with `inet_diag_req_v2`). Numbers
 * are little-endian, as on every machine that this is used on; ports and addresses are in network order.
 */
export function encodeSocketRequest(ends: ConnectionEnds, sequence: number): Buffer {
  const request = Buffer.alloc(requestBytes);
  request.writeUInt32LE(requestBytes, 0);
  request.writeUInt16LE(sockDiagByFamily, 4);
  request.writeUInt16LE(flagRequest, 6);
  request.writeUInt32LE(sequence, 8);
  const plain = isIPv4(ends.localAddress) && isIPv4(ends.remoteAddress);
  request[16] = plain ? family.IPv4 : family.IPv6;
  request[17] = protocolTcp;
  request.writeUInt32LE(0xffff_ffff, 20);
  request.writeUInt16BE(ends.localPort, 24);
  request.writeUInt16BE(ends.remotePort, 26);
  const from = plain ? 12 : 0;
  addressBytes(ends.localAddress).copy(request, 28, from);
  addressBytes(ends.remoteAddress).copy(request, 44, from);
  // No interface, and no cookie: any socket with these ends.
  request.fill(0xff, 64, 72);
  return request;
}

/**
 * Reads an answer to `encodeSocketRequest`; null when it is none. A listener, which the kernel offers where the
 * connection is gone, and a socket that belongs to nobody any more (its inode is 0) count as missing.
 */
export function decodeSocketAnswer(answer: Buffer, ends: ConnectionEnds): SocketAnswer | null {
  if (answer.length < 20) return null;
  const type = answer.readUInt16LE(4);
  const sequence = answer.readUInt32LE(8);
  if (type === netlinkError) {
    const errno = -answer.readInt32LE(16);
    return errno === noEntry ? { type: 'missing', sequence } : { type: 'refused', sequence, errno };
  }
  if (type !== sockDiagByFamily || answer.length < 88) return null;
  const plain = answer[16] === family.IPv4;
  const same =
    answer.readUInt16BE(20) === ends.localPort &&
    answer.readUInt16BE(22) === ends.remotePort &&
    addressAt(answer, 24, plain).equals(addressBytes(ends.localAddress)) &&
    addressAt(answer, 40, plain).equals(addressBytes(ends.remoteAddress));
  const owned = ownedStates.has(answer[17] ?? 0) && answer.readUInt32LE(84) !== 0;
  return same && owned ? { type: 'found', sequence, uid: answer.readUInt32LE(80) } : { type: 'missing', sequence };
}

/** The same address for a plain IPv4 socket and for a dual-stack one (RFC 4291 §2.5.5.2). */
function mapped(ipv4: Uint8Array): Buffer {
  return Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ipv4]);
}

function addressAt(answer: Buffer, offset: number, plain: boolean): Buffer {
  return plain ? mapped(answer.subarray(offset, offset + 4)) : answer.subarray(offset, offset + 16);
}

/** An address of a socket in 16 bytes, IPv4 as mapped; without a zone. */
export function addressBytes(address: string): Buffer {
  const dotted = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  if (isIPv4(dotted)) return mapped(Uint8Array.from(dotted.split('.').map(Number)));
  const bytes = Buffer.alloc(16);
  if (!isIPv6(address)) return bytes;
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  for (const [index, group] of groups(head).entries()) bytes.writeUInt16BE(group, index * 2);
  const last = groups(tail);
  for (const [index, group] of last.entries()) bytes.writeUInt16BE(group, 16 - (last.length - index) * 2);
  return bytes;
}
