import { performServerHandshake } from 'node:http2';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { longestHost } from './longest-host.ts';

/** What a client’s preface and the frames up to its first head may have; one with more goes on without. */
const mostBytes = 131_072;
const longestMs = 60_000;
/** Who says no more than its preface for so long waits for the other side’s. */
const patienceMs = 100;
/** Bytes that are there are read at once. */
const decodeMs = 1000;
/** RFC 9113 §3.4. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Before the other side has said otherwise (RFC 9113 §4.2). */
const mostOfFrame = 16_384;
const frameHeadBytes = 9;
/** RFC 9113 §6. */
const frame = { headers: 0x01, settings: 0x04, continuation: 0x09 } as const;
const flag = { ack: 0x01, endHeaders: 0x04 } as const;
/** A SETTINGS frame that sets nothing (RFC 9113 §6.5). */
const emptySettings = Buffer.from([0, 0, 0, frame.settings, 0, 0, 0, 0, 0]);

/**
 * Tells which `:authority` the first request of an HTTP/2 connection names, in small letters; null where it names none or
 * can’t be read. Clients that wait for the other side’s settings before they ask (gRPC) are sent empty ones, whose
 * acknowledgement is taken out again, because the server behind sends its own. All else that was read is put back, and the
 * connection is paused. As with {@link import('./peek-host.ts').peekHost}, the relay judges the same bytes.
 * @param begun what was read of the connection already, from its first byte
 */
export function peekAuthority(socket: Socket, begun: Buffer, onAuthority: (authority: string | null) => void): void {
  let bytes = begun;
  /** Read since, and not looked at: a frame is looked at once it is whole. */
  let behind: Buffer[] = [];
  let behindBytes = 0;
  let wantedBytes = 0;
  /** Where the next frame to look at begins. */
  let at = preface.length;
  let hasAsked = false;
  let isAcknowledged = false;
  let hasHead = false;
  const isDone = (): boolean => hasHead && (!hasAsked || isAcknowledged);
  const silent = setTimeout(() => void socket.destroy(), longestMs);
  const waits = setTimeout(() => {
    hasAsked = true;
    socket.write(emptySettings);
  }, patienceMs);

  const stop = (): void => {
    clearTimeout(silent);
    clearTimeout(waits);
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', stop);
  };
  const onEnd = (): void => void socket.destroy();
  const onData = (chunk: Buffer): void => {
    behind.push(chunk);
    behindBytes += chunk.length;
    if (bytes.length + behindBytes < wantedBytes) return;
    bytes = Buffer.concat([bytes, ...behind]);
    behind = [];
    behindBytes = 0;
    look();
  };

  /** Goes on to the end of the first head, and to the acknowledgement where there is to be one. */
  function look(): void {
    wantedBytes = 0;
    // What is no HTTP/2 is for the server behind to refuse.
    if (bytes.length >= preface.length && !bytes.subarray(0, preface.length).equals(preface)) return finish(null);
    while (!isDone() && bytes.length >= at + frameHeadBytes) {
      const length = bytes.readUIntBE(at, 3);
      if (length > mostOfFrame) return finish(null);
      const end = at + frameHeadBytes + length;
      if (bytes.length < end) {
        wantedBytes = end;
        break;
      }
      const [type, flags] = [bytes.readUInt8(at + 3), bytes.readUInt8(at + 4)];
      if (hasAsked && !isAcknowledged && type === frame.settings && (flags & flag.ack) !== 0) {
        isAcknowledged = true;
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
        continue;
      }
      if ((type === frame.headers || type === frame.continuation) && (flags & flag.endHeaders) !== 0) {
        hasHead = true;
        clearTimeout(waits);
      }
      at = end;
    }
    wantedBytes = Math.max(wantedBytes, at + frameHeadBytes, preface.length);
    if (isDone()) finish(bytes);
    else if (bytes.length > mostBytes) finish(null);
  }

  function finish(readable: Buffer | null): void {
    stop();
    socket.pause();
    socket.unshift(bytes);
    if (readable === null) onAuthority(null);
    else
      void authorityIn(readable).then((authority) => {
        if (!socket.destroyed) onAuthority(authority);
      });
  }

  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.once('close', stop);
  socket.resume();
  // Which pauses it when all is there.
  look();
}

/** What nghttp2 makes of the bytes; nothing of its answers is sent. */
function authorityIn(bytes: Buffer): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const wire = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const session = performServerHandshake(wire);
  const give = (authority: string | null): void => {
    resolve(authority);
    session.destroy();
    wire.destroy();
  };
  // What follows the first head is there, too, and may break off.
  session.on('stream', (stream) => void stream.on('error', () => undefined));
  session.once('stream', (_stream, headers) => {
    const host = headers[':authority'] ?? headers.host ?? '';
    give(host === '' || host.length > longestHost ? null : host.toLowerCase());
  });
  // A head that nghttp2 refuses opens no stream; the server behind refuses it, too.
  session.on('error', () => give(null));
  wire.on('error', () => undefined);
  session.once('close', () => give(null));
  const late = setTimeout(() => give(null), decodeMs);
  void promise.then(() => clearTimeout(late));
  wire.push(bytes);
  return promise;
}
