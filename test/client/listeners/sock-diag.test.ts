import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openKernelSockets } from '../../../client/listeners/kernel-sockets.ts';
import { type ConnectionEnds, decodeSocketAnswer, encodeSocketRequest } from '../../../client/listeners/sock-diag.ts';
import { uidFromTable } from '../../../client/listeners/socket-table.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const ends: ConnectionEnds = {
  localAddress: '127.0.0.1',
  localPort: 40_001,
  remoteAddress: '127.0.0.1',
  remotePort: 7101,
};

/** The kernel's answer about the socket with `ends`: nlmsghdr and inet_diag_msg. */
function answer(
  change: { type?: number; family?: number; state?: number; inode?: number; dport?: number } = {},
): Buffer {
  const { type = 20, family = 2, state = 1, inode = 4711, dport = 7101 } = change;
  const bytes = Buffer.alloc(88);
  bytes.writeUInt32LE(88, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt32LE(7, 8);
  bytes[16] = family;
  bytes[17] = state;
  bytes.writeUInt16BE(40_001, 20);
  bytes.writeUInt16BE(dport, 22);
  const address = family === 2 ? [127, 0, 0, 1] : [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];
  bytes.set(address, 24);
  bytes.set(address, 40);
  bytes.writeUInt32LE(1001, 80);
  bytes.writeUInt32LE(inode, 84);
  return bytes;
}

function errorAnswer(errno: number): Buffer {
  const bytes = Buffer.alloc(36);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt32LE(7, 8);
  bytes.writeInt32LE(-errno, 16);
  return bytes;
}

test.each([
  ['no such socket', errorAnswer(2), { type: 'missing', sequence: 7 }],
  ['no permission', errorAnswer(1), { type: 'refused', sequence: 7, errno: 1 }],
  ['no such kind of question', errorAnswer(95), { type: 'refused', sequence: 7, errno: 95 }],
  ['a listener at the peer’s port', answer({ state: 10, dport: 0 }), { type: 'missing', sequence: 7 }],
  ['a listener in disguise', answer({ state: 10 }), { type: 'missing', sequence: 7 }],
  [
    'a connection in TIME_WAIT, whose user the kernel gives as root',
    answer({ state: 6 }),
    { type: 'missing', sequence: 7 },
  ],
  ['a connection that its program has closed, likewise', answer({ inode: 0 }), { type: 'missing', sequence: 7 }],
  ['another connection', answer({ dport: 7102 }), { type: 'missing', sequence: 7 }],
  ['half a message', answer().subarray(0, 60), null],
  ['an empty message', Buffer.alloc(0), null],
  ['another message', answer({ type: 3 }), null],
  ['the connection', answer(), { type: 'found', sequence: 7, uid: 1001 }],
  ['the connection of a dual-stack socket', answer({ family: 10 }), { type: 'found', sequence: 7, uid: 1001 }],
  ['the connection, half closed', answer({ state: 5 }), { type: 'found', sequence: 7, uid: 1001 }],
])('the kernel’s answer is read: %s', (_name, bytes, meant) => {
  expect(decodeSocketAnswer(bytes, ends)).toEqual(meant);
});

test.each([
  ['127.0.0.1', 2, '7f000001000000000000000000000000'],
  ['::1', 10, '00000000000000000000000000000001'],
  ['::ffff:127.0.0.1', 10, '00000000000000000000ffff7f000001'],
  ['::FFFF:127.0.0.1', 10, '00000000000000000000ffff7f000001'],
  ['fe80::1:2', 10, 'fe800000000000000000000000010002'],
])('a question about %s is of its family', (address, family, hex) => {
  const request = encodeSocketRequest({ ...ends, localAddress: address, remoteAddress: address }, 9);
  expect(request[16]).toBe(family);
  expect([request.subarray(28, 44).toString('hex'), request.subarray(44, 60).toString('hex')]).toEqual([hex, hex]);
  expect([request.readUInt16BE(24), request.readUInt16BE(26), request.readUInt32LE(8)]).toEqual([40_001, 7101, 9]);
});

describe.runIf(process.platform === 'linux')('the kernel of this machine', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', '127.0.0.2'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::', '::1'],
  ])('says whose a connection to %s from %s is, as its file does', async (address, host, from?: string) => {
    const kernel = await openKernelSockets();
    expect(kernel, 'koffi and netlink').not.toBeNull();
    const server = createServer().listen(0, address);
    await once(server, 'listening');
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const caller = connect({ port, host, ...(from === undefined ? {} : { localAddress: from }) });
    closers.push(() => caller.destroy());
    const [accepted] = (await once(server, 'connection')) as [Socket];
    closers.push(() => accepted.destroy());
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = accepted;
    const peer = {
      localAddress: remoteAddress,
      localPort: remotePort,
      remoteAddress: localAddress,
      remotePort: localPort,
    };
    expect(kernel?.uidOf(peer)).toBe(process.getuid?.());
    if (address !== '::') expect(await uidFromTable(peer)).toBe(process.getuid?.());
    expect(kernel?.uidOf({ ...peer, localPort: 1 })).toBeUndefined();
    expect(kernel?.uidOf({ ...peer, remotePort: 1 })).toBeUndefined();
    // Once its program has closed it, the socket is nobody's, though the kernel still has it.
    caller.destroy();
    await once(caller, 'close');
    expect(kernel?.uidOf(peer)).toBeUndefined();
    expect(await uidFromTable(peer)).toBeUndefined();
  });

  test('answers a thousand questions in a row', async () => {
    const kernel = await openKernelSockets();
    for (let port = 1; port <= 1000; port += 1) expect(kernel?.uidOf({ ...ends, localPort: port })).toBeUndefined();
  });
});
