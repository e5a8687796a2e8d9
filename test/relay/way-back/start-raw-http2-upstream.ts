import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export const flags = { endStream: 0x1, endHeaders: 0x4, ack: 0x1 } as const;
export const frameType = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
} as const;

/** One frame (RFC 9113 §4.1). */
export function frame(type: number, flagBits: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flagBits;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Header fields as literals that nobody indexes (RFC 7541 §6.2.2), so that any byte can stand in them. */
export function fields(pairs: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of pairs) {
    const [rawName, rawValue] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
    parts.push(Buffer.from([0, rawName.length]), rawName, Buffer.from([rawValue.length]), rawValue);
  }
  return Buffer.concat(parts);
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A request as the raw upstream sees it. */
export interface RawHttp2Request {
  readonly socket: Socket;
  readonly streamId: number;
  /** Headers of an answer. */
  head(status: string, more?: readonly (readonly [string, string])[], endStream?: boolean): void;
  data(text: string, endStream?: boolean): void;
  trailers(pairs: readonly (readonly [string, string])[]): void;
  reset(code: number): void;
  goAway(code?: number): void;
  /** As of a server that takes none of the streams from this one on. */
  goAwayBefore(): void;
}

/** An upstream of HTTP/2 whose frames are the test's own. */
export interface RawHttp2Upstream {
  readonly url: string;
  /** Requests so far. */
  readonly count: number;
  /** How bodies ended so far: by END_STREAM, or by a reset with this code. */
  readonly bodyEnds: readonly ('end' | number)[];
  behave(answer: (request: RawHttp2Request) => void): void;
  close(): Promise<void>;
}

const prefaceLength = 24;

/** @param tls in cleartext when left out */
export async function startRawHttp2Upstream(tls?: TlsOptions): Promise<RawHttp2Upstream> {
  let answer: (request: RawHttp2Request) => void = ({ socket }) => socket.destroy();
  let count = 0;
  const bodyEnds: ('end' | number)[] = [];
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write(frame(frameType.settings, 0, 0));
    let received = Buffer.alloc(0);
    let begun = false;
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!begun) {
        if (received.length < prefaceLength) return;
        received = received.subarray(prefaceLength);
        begun = true;
      }
      while (received.length >= 9) {
        const length = received.readUIntBE(0, 3);
        if (received.length < 9 + length) return;
        const [type, flagBits, streamId] = [received[3] ?? 0, received[4] ?? 0, received.readUInt32BE(5)];
        const payload = received.subarray(9, 9 + length);
        received = received.subarray(9 + length);
        if (type === frameType.settings && (flagBits & flags.ack) === 0)
          socket.write(frame(frameType.settings, flags.ack, 0));
        if (type === frameType.ping && (flagBits & flags.ack) === 0)
          socket.write(frame(frameType.ping, flags.ack, 0, payload));
        if (type === frameType.data && (flagBits & flags.endStream) !== 0) bodyEnds.push('end');
        if (type === frameType.resetStream) bodyEnds.push(payload.readUInt32BE(0));
        if (type === frameType.headers) {
          count += 1;
          answer(requestOn(socket, streamId));
        }
      }
    });
  };
  const server =
    tls === undefined
      ? createServer({ noDelay: true }, onSocket)
      : createTlsServer({ ...tls, ALPNProtocols: ['h2'], noDelay: true }, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count;
    },
    bodyEnds,
    behave(next) {
      count = 0;
      bodyEnds.splice(0);
      answer = next;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** What a test may answer on one stream of a connection. */
export function requestOn(socket: Socket, streamId: number): RawHttp2Request {
  return {
    socket,
    streamId,
    head: (status, more = [], endStream = false) => {
      const bits = flags.endHeaders | (endStream ? flags.endStream : 0);
      socket.write(frame(frameType.headers, bits, streamId, fields([[':status', status], ...more])));
    },
    data: (text, endStream = false) =>
      void socket.write(frame(frameType.data, endStream ? flags.endStream : 0, streamId, Buffer.from(text))),
    trailers: (pairs) =>
      void socket.write(frame(frameType.headers, flags.endHeaders | flags.endStream, streamId, fields(pairs))),
    reset: (code) => void socket.write(frame(frameType.resetStream, 0, streamId, number32(code))),
    goAwayBefore: () =>
      void socket.write(
        frame(frameType.goAway, 0, 0, Buffer.concat([number32(Math.max(0, streamId - 2)), number32(0)])),
      ),
    goAway: (code = 0) =>
      void socket.write(frame(frameType.goAway, 0, 0, Buffer.concat([number32(streamId), number32(code)]))),
  };
}
