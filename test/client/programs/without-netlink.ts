// Forbids itself netlink sockets, as sandboxes do, then opens a listener at the port of its argument. Prints
// {"ready", "kernel"}, and {"carried"} for each connection that it takes.
import koffi from 'koffi/indirect';
import { openKernelSockets } from '../../../client/listeners/kernel-sockets.ts';
import { openLoopbackListener } from '../../../client/listeners/loopback-listener.ts';

/** struct sock_filter (seccomp(2)): code, jump if true, jump if false, operand. */
const filter: readonly (readonly [number, number, number, number])[] = [
  [0x20, 0, 0, 0], // load the system call's number
  [0x15, 0, 3, 41], // socket
  [0x20, 0, 0, 16], // load the family
  [0x15, 0, 1, 16], // AF_NETLINK
  [0x06, 0, 0, 0x0005_0000 + 97], // fail with EAFNOSUPPORT
  [0x06, 0, 0, 0x7fff_0000], // allow
];

const instructions = Buffer.alloc(filter.length * 8);
for (const [index, [code, whenTrue, whenFalse, operand]] of filter.entries()) {
  instructions.writeUInt16LE(code, index * 8);
  instructions[index * 8 + 2] = whenTrue;
  instructions[index * 8 + 3] = whenFalse;
  instructions.writeUInt32LE(operand, index * 8 + 4);
}
const libc = koffi.load(null);
koffi.struct('sock_fprog', { length: 'uint16', filter: 'void *' });
const noNewPrivileges = libc.func('int prctl(int, long, long, long, long)') as (...args: number[]) => number;
const setFilter = libc.func('int prctl(int, long, sock_fprog *, long, long)') as (
  option: number,
  mode: number,
  program: { readonly length: number; readonly filter: Buffer },
  unused: number,
  unused2: number,
) => number;
if (
  noNewPrivileges(38, 1, 0, 0, 0) !== 0 ||
  setFilter(22, 2, { length: filter.length, filter: instructions }, 0, 0) !== 0
) {
  throw new Error(`The sandbox can’t be set up (errno ${koffi.errno()}).`);
}

const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
await openLoopbackListener({
  port: Number(process.argv[2]),
  purpose: 'a test',
  onConnection: (socket) => {
    print({ carried: true });
    socket.destroy();
  },
  onRefused: (refusal) => print({ refusal }),
});
print({ ready: true, kernel: (await openKernelSockets()) !== null });
