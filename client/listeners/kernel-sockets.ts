import { endianness } from 'node:os';
import { type ConnectionEnds, decodeSocketAnswer, encodeSocketRequest } from './sock-diag.ts';

/** The kernel's table of TCP sockets, asked for one line at a time. */
export interface KernelSockets {
  /**
   * User id that owns the socket with these ends; undefined when there is none. Takes microseconds, however many
   * sockets the machine has. @throws Error when the kernel doesn't answer such questions (any more)
   */
  uidOf(ends: ConnectionEnds): number | undefined;
}

const netlinkFamily = 16;
const rawCloseOnExecNonBlocking = 3 | 0o2_000_000 | 0o4_000;
const sockDiagProtocol = 4;
const dontWait = 0x40;
const maxAnswerBytes = 8192;
/** Answers to earlier questions that may lie before the one that is waited for. */
const maxStale = 8;

/**
 * Opens a netlink socket (sock_diag(7)); null where there is none: other systems, sandboxes that forbid it, or where
 * the library for calling the system can't be loaded. Nothing here ever waits: the kernel answers within the call.
 */
export async function openKernelSockets(): Promise<KernelSockets | null> {
  if (process.platform !== 'linux' || endianness() !== 'LE') return null;
  try {
    const { default: koffi } = await import('koffi/indirect');
    const libc = koffi.load(null);
    const socket = libc.func('int socket(int, int, int)') as (...args: number[]) => number;
    const send = libc.func('intptr_t send(int, void *, size_t, int)') as SystemCall;
    const receive = libc.func('intptr_t recv(int, void *, size_t, int)') as SystemCall;
    const descriptor = socket(netlinkFamily, rawCloseOnExecNonBlocking, sockDiagProtocol);
    if (descriptor < 0) return null;
    const answer = Buffer.alloc(maxAnswerBytes);
    let sequence = 0;
    return {
      uidOf(ends) {
        sequence = (sequence % 0xffff_fffe) + 1;
        const request = encodeSocketRequest(ends, sequence);
        if (send(descriptor, request, request.length, dontWait) !== request.length) {
          throw new Error(`The kernel took no question (errno ${koffi.errno()}).`);
        }
        for (let read = 0; read < maxStale; read += 1) {
          const bytes = receive(descriptor, answer, answer.length, dontWait);
          if (bytes < 0) throw new Error(`The kernel gave no answer (errno ${koffi.errno()}).`);
          const found = decodeSocketAnswer(answer.subarray(0, bytes), ends);
          if (found?.sequence !== sequence) continue;
          if (found.type === 'refused') throw new Error(`The kernel refused the question (errno ${found.errno}).`);
          return found.type === 'found' ? found.uid : undefined;
        }
        throw new Error('The kernel answered other questions only.');
      },
    };
  } catch {
    // Without the library, the kernel's table is read from its file.
    return null;
  }
}

type SystemCall = (descriptor: number, buffer: Buffer, bytes: number, flags: number) => number;
