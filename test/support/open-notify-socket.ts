import koffi from 'koffi/indirect';

/** A service manager's ear: a datagram socket of the kernel, without a file. */
export interface NotifySocket {
  /** As `NOTIFY_SOCKET` has it. */
  readonly name: string;
  /** All that was said so far, one message an entry. */
  heard(): readonly string[];
  close(): void;
}

const unix = 1;
const datagram = 2;
const dontWait = 0x40;

/** Opens one on Linux, under a name that nobody else has. */
export function openNotifySocket(): NotifySocket {
  const libc = koffi.load(null);
  const receive = libc.func('intptr_t recv(int, void*, size_t, int)');
  const name = `causeway-test-${process.pid}-${Date.now()}`;
  const address = Buffer.concat([Buffer.from([unix, 0, 0]), Buffer.from(name)]);
  const socket = libc.func('int socket(int, int, int)')(unix, datagram, 0) as number;
  const bound = libc.func('int bind(int, const void*, unsigned int)')(socket, address, address.length) as number;
  if (bound !== 0) throw new Error(`No socket could be bound (errno ${koffi.errno()}).`);
  const messages: string[] = [];
  const buffer = Buffer.alloc(4096);
  return {
    name: `@${name}`,
    heard() {
      for (;;) {
        const bytes = receive(socket, buffer, buffer.length, dontWait) as number;
        if (bytes < 0) return messages;
        messages.push(buffer.toString('utf8', 0, bytes));
      }
    },
    close: () => void libc.func('int close(int)')(socket),
  };
}
