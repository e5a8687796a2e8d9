import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A SOCKS proxy on loopback (RFC 1928, RFC 1929 and version 4a) that looks its own names up. */
export interface SocksProxy extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly place: string;
  /** `version name:port` of each connection that was asked for, in order. */
  readonly asked: readonly string[];
  /** Answers with this reply instead of opening a connection; undefined opens it. */
  refuseWith: number | undefined;
  /** Lets in only who brings `user:password`; undefined lets everybody in. */
  credentials: string | undefined;
}

/** Starts it with the names that it can reach, each with the port on 127.0.0.1 where that is. */
export async function startSocksProxy(hosts: Readonly<Record<string, number>>): Promise<SocksProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
    void serve(socket).catch(() => socket.destroy());
  });

  async function serve(socket: Socket): Promise<void> {
    const [version] = await take(socket, 1);
    await (version === 4 ? serve4(socket) : serve5(socket));
  }

  async function serve4(socket: Socket): Promise<void> {
    const head = await take(socket, 7);
    await text(socket);
    const name = head[3] === 0 ? await text(socket) : [...head.subarray(3)].join('.');
    await connectTo(socket, `4 ${name}:${head.readUInt16BE(1)}`, (reply) =>
      Buffer.from([0, reply ?? 90, 0, 0, 0, 0, 0, 0]),
    );
  }

  async function serve5(socket: Socket): Promise<void> {
    const methods = await take(socket, (await take(socket, 1))[0] ?? 0);
    const method = proxy.credentials === undefined ? 0 : 2;
    socket.write(Buffer.from([5, methods.includes(method) ? method : 0xff]));
    if (!methods.includes(method)) return;
    if (method === 2) {
      await take(socket, 1);
      const given = [await counted(socket), await counted(socket)].join(':');
      socket.write(Buffer.from([1, given === proxy.credentials ? 0 : 1]));
    }
    const [, , , kind] = await take(socket, 4);
    const name = kind === 3 ? await counted(socket) : [...(await take(socket, kind === 1 ? 4 : 16))].join('.');
    const port = (await take(socket, 2)).readUInt16BE();
    await connectTo(socket, `5 ${name}:${port}`, (reply) => Buffer.from([5, reply ?? 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  }

  async function connectTo(socket: Socket, target: string, answer: (reply?: number) => Buffer): Promise<void> {
    asked.push(target);
    const port = hosts[target.slice(2)];
    if (proxy.refuseWith !== undefined || port === undefined) {
      socket.end(answer(proxy.refuseWith ?? 4));
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    upstream.once('close', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
    await once(upstream, 'connect');
    socket.write(answer());
    socket.pipe(upstream).pipe(socket);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: SocksProxy = {
    place: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    refuseWith: undefined,
    credentials: undefined,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
  return proxy;
}

async function take(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new Error('The connection ended');
    await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
  }
}

/** A text behind its length (RFC 1928 §5). */
async function counted(socket: Socket): Promise<string> {
  return (await take(socket, (await take(socket, 1))[0] ?? 0)).toString();
}

/** A text that ends with NUL. */
async function text(socket: Socket): Promise<string> {
  let all = '';
  for (;;) {
    const next = (await take(socket, 1)).toString('latin1');
    if (next === '\0') return all;
    all += next;
  }
}
