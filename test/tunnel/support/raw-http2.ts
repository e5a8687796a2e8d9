import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Frame types of HTTP/2 (RFC 9113 §6). */
export const http2Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

const endStream = 0x1;
const endHeaders = 0x4;

/** An HTTP/2 frame (RFC 9113 §4.1), as wrong as a test wants it. */
export function http2Frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer {
  const frame = Buffer.alloc(9 + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(streamId, 5);
  frame.set(payload, 9);
  return frame;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string of HPACK (RFC 7541 §5.2) without Huffman coding, at most 126 bytes. */
function hpackText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}

/** A header that is added to no table (RFC 7541 §6.2.2). */
export function hpackHeader(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), hpackText(name), hpackText(value)]);
}

/** The head of a request in HPACK: method, path and authority. */
export function requestHead(method: 'GET' | 'POST', path: string, authority: string): Buffer {
  return Buffer.concat([
    Buffer.from([method === 'GET' ? 0x82 : 0x83, 0x86, 0x04]),
    hpackText(path),
    Buffer.from([0x01]),
    hpackText(authority),
  ]);
}

/** A whole HEADERS frame of a request. */
export function headersFrame(streamId: number, head: Buffer, ends = true): Buffer {
  return http2Frame(http2Type.headers, endHeaders | (ends ? endStream : 0), streamId, head);
}

/** A connection that speaks HTTP/2 by hand and counts what comes back. */
export class RawHttp2 {
  readonly socket: Socket;
  readonly authority: string;
  readonly closed: Promise<void>;
  /** Frames received so far, by type. */
  readonly received = new Map<number, number>();
  /** Why the relay ended the connection (RFC 9113 §7). */
  goawayCode: number | null = null;
  #over = false;
  #rest = Buffer.alloc(0);
  #wake: (() => void)[] = [];

  constructor(socket: Socket, authority: string) {
    this.socket = socket;
    this.authority = authority;
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => {
      this.#over = true;
      this.#awaken();
    });
  }

  get over(): boolean {
    return this.#over;
  }

  listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      let bytes = Buffer.concat([this.#rest, chunk]);
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const type = bytes[3] ?? 0;
        if (type === http2Type.goaway) this.goawayCode ??= bytes.readUInt32BE(13);
        this.received.set(type, (this.received.get(type) ?? 0) + 1);
        bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
      }
      this.#rest = Buffer.from(bytes);
      this.#awaken();
    });
  }

  write(...frames: readonly Uint8Array[]): void {
    if (!this.#over) this.socket.write(Buffer.concat(frames));
  }

  /** Writes chunk after chunk until the relay closes the connection or `maxBytes` are written; returns how many were. */
  async flood(next: () => Uint8Array, maxBytes: number): Promise<number> {
    let sent = 0;
    while (!this.#over && sent < maxBytes) {
      const chunk = next();
      sent += chunk.length;
      if (!this.socket.write(chunk))
        await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.closed]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return sent;
  }

  /** Resolves when so many frames of a type have come, or the connection is over. */
  async waitFor(type: number, count: number): Promise<void> {
    while (!this.#over && (this.received.get(type) ?? 0) < count) {
      await new Promise<void>((resolve) => (this.#wake = [...this.#wake, resolve]));
    }
  }

  #awaken(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** Connects to a local port and sends the preface with the given settings: identifiers and values in turn. */
export async function rawHttp2(port: number, settings: readonly number[] = [], listening = true): Promise<RawHttp2> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const raw = new RawHttp2(socket, `127.0.0.1:${port}`);
  const payload = Buffer.alloc((settings.length / 2) * 6);
  for (let index = 0; index < settings.length; index += 2) {
    payload.writeUInt16BE(settings[index] ?? 0, index * 3);
    payload.writeUInt32BE(settings[index + 1] ?? 0, index * 3 + 2);
  }
  raw.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame(http2Type.settings, 0, 0, payload));
  if (listening) raw.listen();
  else socket.pause();
  return raw;
}
