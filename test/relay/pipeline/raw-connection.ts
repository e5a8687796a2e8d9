import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One HTTP/1.1 answer as it came, with nothing joined or decoded but the chunks of its body. */
export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  /** Names as received and values, in turn. */
  readonly rawHeaders: readonly string[];
  /** By lower-case name; the last one wins. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
  /** False when the connection ended before the answer did. */
  readonly whole: boolean;
}

const waitMs = 40_000;

/** A TCP connection on which every byte is the test's own. Waiting for anything fails after 10 s. */
export class RawConnection {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #how: 'open' | 'end' | 'reset' = 'open';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      socket.emit('progress');
    });
    socket.on('end', () => this.#endedBy('end'));
    socket.on('error', () => this.#endedBy('reset'));
    socket.on('close', () => this.#endedBy('end'));
  }

  static async open(port: number, host = '127.0.0.1'): Promise<RawConnection> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  get received(): Buffer {
    return this.#received;
  }

  write(bytes: string | Buffer): void {
    if (this.socket.writable) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits until at least this text has come. */
  async waitForText(text: string): Promise<void> {
    await this.#until(() => this.#received.includes(text, 0, 'latin1') || this.#how !== 'open');
  }

  /** The next answer, 1xx included; throws when the connection ends without one. */
  async readResponse(method = 'GET'): Promise<RawResponse> {
    let taken = takeResponse(this.#received, method, this.#how !== 'open');
    await this.#until(() => {
      taken = takeResponse(this.#received, method, this.#how !== 'open');
      return taken !== null || this.#how !== 'open';
    });
    if (taken === null) throw new Error(`No answer; received: ${JSON.stringify(this.#received.toString('latin1'))}`);
    this.#received = taken.rest;
    return taken.response;
  }

  /** Resolves with how the other side ended the connection. */
  async ended(): Promise<'end' | 'reset'> {
    await this.#until(() => this.#how !== 'open');
    return this.#how === 'reset' ? 'reset' : 'end';
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(holds: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(waitMs);
    try {
      while (!holds()) await once(this.socket, 'progress', { signal });
    } catch (cause) {
      const state = `${this.#how}; received: ${JSON.stringify(this.#received.toString('latin1').slice(0, 500))}`;
      throw new Error(`Nothing came for ${waitMs / 1000} s (connection ${state})`, { cause });
    }
  }

  #endedBy(how: 'end' | 'reset'): void {
    if (this.#how === 'open') this.#how = how;
    this.socket.emit('progress');
  }
}

/** Sends bytes on a connection of their own and gives all answers until the other side closes it. */
export async function exchangeUntilClose(port: number, bytes: string | Buffer): Promise<RawResponse[]> {
  const connection = await RawConnection.open(port);
  try {
    connection.write(bytes);
    await connection.ended();
    const responses: RawResponse[] = [];
    while (connection.received.length > 0) responses.push(await connection.readResponse());
    return responses;
  } finally {
    connection.close();
  }
}

function takeResponse(bytes: Buffer, method: string, over: boolean): { response: RawResponse; rest: Buffer } | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const match = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine);
  if (match === null) throw new Error(`Not an answer: ${statusLine}`);
  const status = Number(match[1]);
  const rawHeaders = lines.flatMap(splitHeader);
  const headers = byName(rawHeaders);
  const rest = bytes.subarray(headEnd + 4);
  const make = (body: Buffer, consumed: number, whole: boolean, trailers: Record<string, string> = {}) => ({
    response: { status, reason: match[2] ?? '', rawHeaders, headers, body, trailers, whole },
    rest: rest.subarray(consumed),
  });
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return make(Buffer.alloc(0), 0, true);
  if (headers['transfer-encoding'] === 'chunked') {
    const chunks = takeChunks(rest);
    if (!chunks.whole && !over) return null;
    return make(chunks.body, chunks.consumed, chunks.whole, chunks.trailers);
  }
  const length = headers['content-length'];
  if (length === undefined) return over ? make(rest, rest.length, true) : null;
  if (rest.length < Number(length)) return over ? make(rest, rest.length, false) : null;
  return make(rest.subarray(0, Number(length)), Number(length), true);
}

function takeChunks(bytes: Buffer): {
  body: Buffer;
  consumed: number;
  whole: boolean;
  trailers: Record<string, string>;
} {
  const parts: Buffer[] = [];
  let at = 0;
  const broken = () => ({ body: Buffer.concat(parts), consumed: bytes.length, whole: false, trailers: {} });
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return broken();
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) break;
    if (bytes.length < at + size + 2) {
      parts.push(bytes.subarray(at, at + size));
      return broken();
    }
    parts.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
  const trailerLines: string[] = [];
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return broken();
    const line = bytes.toString('latin1', at, lineEnd);
    at = lineEnd + 2;
    if (line === '')
      return {
        body: Buffer.concat(parts),
        consumed: at,
        whole: true,
        trailers: byName(trailerLines.flatMap(splitHeader)),
      };
    trailerLines.push(line);
  }
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function byName(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers[(rawHeaders[index] ?? '').toLowerCase()] = rawHeaders[index + 1] ?? '';
  }
  return headers;
}
