// The floor of what two Node processes with one connection in TLS between them can take: bytes of local connections go
// over as frames, all of a turn at once, and nothing is parsed, decided or recorded. As the far end it prints {"port"} of
// its TLS; as the near end, {"port"} of its local address.
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';

type Input =
  | { readonly role: 'far'; readonly cert: string; readonly key: string; readonly upstreamPort: number }
  | { readonly role: 'near'; readonly ca: string; readonly farPort: number };

const headBytes = 8;

/** Frames on the connection between the two: id of the stream, length (0 for its end), bytes. */
class Link {
  readonly #streams = new Map<number, Socket>();
  readonly #socket: Socket;
  readonly #onStream: (id: number) => Socket | null;
  #out: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, onStream: (id: number) => Socket | null) {
    this.#socket = socket;
    this.#onStream = onStream;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => process.exit(1));
  }

  carry(id: number, stream: Socket): void {
    this.#streams.set(id, stream);
    stream.setNoDelay(true);
    stream.on('data', (chunk: Buffer) => {
      this.#send(id, chunk);
      if (this.#socket.writableLength < 1_048_576) return;
      stream.pause();
      this.#socket.once('drain', () => stream.resume());
    });
    stream.on('error', () => stream.destroy());
    stream.on('close', () => {
      if (this.#streams.delete(id)) this.#send(id, Buffer.alloc(0));
    });
  }

  #send(id: number, chunk: Buffer): void {
    if (this.#out.length === 0) setImmediate(() => this.#flush());
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUInt32LE(id, 0);
    head.writeUInt32LE(chunk.length, 4);
    this.#out.push(head, chunk);
  }

  #flush(): void {
    const out = this.#out;
    this.#out = [];
    this.#socket.write(Buffer.concat(out));
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= headBytes) {
      const end = headBytes + bytes.readUInt32LE(4);
      if (bytes.length < end) break;
      this.#take(bytes.readUInt32LE(0), bytes.subarray(headBytes, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }

  #take(id: number, payload: Buffer): void {
    const stream = this.#streams.get(id) ?? this.#begun(id, payload);
    if (payload.length > 0) stream?.write(payload);
    else if (this.#streams.delete(id)) stream?.destroySoon();
  }

  #begun(id: number, payload: Buffer): Socket | null {
    const stream = payload.length > 0 ? this.#onStream(id) : null;
    if (stream !== null) this.carry(id, stream);
    return stream;
  }
}

const input = JSON.parse(process.argv[2] ?? '{}') as Input;
const say = (address: AddressInfo): void => console.log(JSON.stringify({ port: address.port }));
if (input.role === 'far') {
  const tls = { cert: readFileSync(input.cert), key: readFileSync(input.key) };
  const server = createTlsServer(tls, (socket) => {
    socket.setNoDelay(true);
    new Link(socket, () => connect({ port: input.upstreamPort, host: '127.0.0.1' }));
  });
  server.listen(0, '127.0.0.1', () => say(server.address() as AddressInfo));
} else {
  const far = connectTls({ port: input.farPort, host: '127.0.0.1', ca: readFileSync(input.ca) }).setNoDelay(true);
  const link = new Link(far, () => null);
  let streams = 0;
  const server = createServer((socket) => link.carry((streams += 1), socket));
  far.once('secureConnect', () => server.listen(0, '127.0.0.1', () => say(server.address() as AddressInfo)));
}
