import { createHash } from 'node:crypto';
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import {
  flags,
  frame,
  frameType,
  type RawHttp2Request,
  requestOn,
} from '../relay/way-back/start-raw-http2-upstream.ts';
import type { Sighting } from './evidence.ts';
import { listenAsWitness } from './listen-as-witness.ts';
import { sightingOf } from './start-http2-witness.ts';
import type { Witness, WitnessEvents } from './start-witness.ts';

const prefaceLength = 24;
const frameHead = 9;
/** What the shadow needs of the relay's frames to know its requests. */
const read: ReadonlySet<number> = new Set([frameType.data, frameType.headers, frameType.resetStream, 9]);

/**
 * An HTTP/2 upstream whose frames are a lie's own. A shadow, Node's HTTP/2 server on a connection that leads nowhere,
 * reads the requests; what it would answer is thrown away.
 */
export async function startHttp2Liar(
  events: Pick<WitnessEvents, 'api' | 'seen'> & {
    readonly lie: (sighting: Sighting, request: RawHttp2Request) => void;
  },
): Promise<Witness> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const shadow = startShadow(socket, events);
    socket.once('close', () => {
      sockets.delete(socket);
      shadow.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.write(frame(frameType.settings, 0, 0));
    let received = Buffer.alloc(0);
    let begun = false;
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!begun) {
        if (received.length < prefaceLength) return;
        shadow.push(received.subarray(0, prefaceLength));
        shadow.push(frame(frameType.settings, 0, 0));
        received = received.subarray(prefaceLength);
        begun = true;
      }
      while (received.length >= frameHead) {
        const length = received.readUIntBE(0, 3) + frameHead;
        if (received.length < length) return;
        const whole = received.subarray(0, length);
        received = received.subarray(length);
        const [type = 0, bits = 0] = [whole[3], whole[4]];
        if (read.has(type)) shadow.push(Buffer.from(whole));
        if ((bits & flags.ack) !== 0) continue;
        if (type === frameType.settings) socket.write(frame(frameType.settings, flags.ack, 0));
        if (type === frameType.ping) socket.write(frame(frameType.ping, flags.ack, 0, whole.subarray(frameHead)));
      }
    });
  });
  return listenAsWitness(server, sockets);
}

function startShadow(
  socket: Socket,
  events: Pick<WitnessEvents, 'api' | 'seen'> & {
    readonly lie: (sighting: Sighting, request: RawHttp2Request) => void;
  },
): Duplex {
  const wire = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const session = performServerHandshake(wire);
  session.on('error', () => session.destroy());
  wire.on('error', () => wire.destroy());
  session.on('stream', (stream: ServerHttp2Stream, _headers, _flags, rawHeaders: string[]) => {
    const sighting = sightingOf(events, rawHeaders);
    const hash = createHash('sha256');
    let bytes = 0;
    const settle = (whole: boolean): void => {
      sighting.body ??= { bytes, sha256: hash.copy().digest('hex'), whole };
    };
    stream.on('error', () => stream.close());
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    stream.on('end', () => settle(!stream.aborted && stream.rstCode === 0));
    stream.once('close', () => settle(false));
    if (stream.id !== undefined) events.lie(sighting, requestOn(socket, stream.id));
  });
  wire.once('close', () => session.destroy());
  return wire;
}
