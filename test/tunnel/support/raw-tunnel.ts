import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { decodeFrames, writeFrameHeader } from '../../../shared/tunnel/frame-codec.ts';
import { frameHeaderBytes, frameType, tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import type { TunnelWorld } from './tunnel-world.ts';

export interface Frame {
  readonly type: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A frame as bytes. */
export function frame(type: number, streamId: number, payload: Uint8Array | readonly number[] = []): Buffer {
  const message = Buffer.alloc(frameHeaderBytes + payload.length);
  writeFrameHeader(message, 0, type, streamId, payload.length);
  message.set(payload, frameHeaderBytes);
  return message;
}

/** A control message as a frame. */
export function control(message: unknown): Buffer {
  return frame(frameType.control, 0, Buffer.from(JSON.stringify(message)));
}

export const host = 'echo.localhost:7000';
export const hello = control({
  type: 'hello',
  device: { name: 'test', system: 'linux', appVersion: '0.1.0' },
  listeners: [{ id: 1, hosts: { [host]: 'echo' } }],
});
export const getRequest = (path = '/'): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

/** A client without a state machine, which says exactly what a test wants and remembers what it hears. */
export class RawTunnel {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  /** Numbered bytes received so far. */
  received = 0;
  #wake: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'nodebuffer';
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    void this.closed.then(() => this.#awaken());
    socket.on('error', () => undefined);
    socket.on('message', (message: Buffer) => {
      this.received += decodeFrames(message, (type, streamId, payload) =>
        this.frames.push({ type, streamId, payload: payload as Buffer }),
      );
      this.#awaken();
    });
  }

  send(...messages: readonly Uint8Array[]): void {
    this.socket.send(Buffer.concat(messages));
  }

  /** The first frame, past or future, that fits. */
  async waitFor(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('The tunnel closed before.');
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** The first control message of a type. */
  async waitForControl(type: string): Promise<Record<string, unknown>> {
    const { payload } = await this.waitFor((found) => found.type === frameType.control && typeOf(found) === type);
    return JSON.parse(payload.toString()) as Record<string, unknown>;
  }

  /** Sends a request on a new stream and gives the status of its answer; throws when the relay ends the stream without one. */
  async request(streamId: number, request = getRequest()): Promise<number> {
    this.send(frame(frameType.open, streamId, [0, 1]), frame(frameType.data, streamId, request));
    const answers = [frameType.data, frameType.reset] as readonly number[];
    const { type, payload } = await this.waitFor(
      (found) => found.streamId === streamId && answers.includes(found.type),
    );
    if (type === frameType.reset) throw new Error(`The relay ended stream ${streamId}: ${payload.toString('utf8', 2)}`);
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(payload.toString())?.[1]);
  }

  /** Tells the relay what has arrived, and forgets it. */
  acknowledge(): void {
    const payload = Buffer.alloc(8);
    payload.writeBigUInt64BE(BigInt(this.received));
    this.send(frame(frameType.ack, 0, payload));
    this.frames.length = 0;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #awaken(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

function typeOf({ payload }: Frame): unknown {
  return (JSON.parse(payload.toString()) as { type: unknown }).type;
}

export interface DialOptions extends ClientOptions {
  readonly token?: string | null;
  readonly protocol?: string;
  readonly path?: string;
  readonly port?: number;
}

/** What a relay answers to an upgrade: a tunnel, or the refusal's status and problem code. */
export type Dialed =
  | { readonly status: 101; readonly tunnel: RawTunnel }
  | { readonly status: number; readonly code: string };

/** What dialing needs of a world. */
export type DialedWorld = Pick<TunnelWorld, 'ca' | 'relayPort'> & {
  readonly issuer: Pick<TunnelWorld['issuer'], 'token'>;
};

/** Dials the relay with whatever credentials and headers; `token` null sends none. */
export async function dial(world: DialedWorld, person: string, options: DialOptions = {}): Promise<Dialed> {
  const { token, protocol = tunnelProtocol, path = '/v1/tunnel', port = world.relayPort, headers, ...rest } = options;
  const presented = token === undefined ? await world.issuer.token(person) : token;
  const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocol === '' ? [] : [protocol], {
    ca: world.ca,
    perMessageDeflate: false,
    ...rest,
    headers: { ...headers, ...(presented === null ? {} : { Authorization: `Bearer ${presented}` }) },
  });
  const tunnel = new RawTunnel(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ status: 101, tunnel }));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const problem = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string };
        resolve({ status: response.statusCode ?? 0, code: problem.code ?? '' });
        socket.terminate();
      });
    });
  });
}

/** A tunnel that is open and, unless told otherwise, welcomed. */
export async function openTunnel(world: DialedWorld, person: string, options: DialOptions = {}): Promise<RawTunnel> {
  const dialed = await dial(world, person, options);
  if (!('tunnel' in dialed)) throw new Error(`The relay refused with ${dialed.status} ${dialed.code}.`);
  return dialed.tunnel;
}

export async function welcomedTunnel(world: TunnelWorld, person: string): Promise<RawTunnel> {
  const tunnel = await openTunnel(world, person);
  tunnel.send(hello);
  await tunnel.waitForControl('welcome');
  return tunnel;
}

/** Resolves when the socket below has been closed in whatever way. */
export async function closedSocket(tunnel: RawTunnel): Promise<void> {
  if (tunnel.socket.readyState !== WebSocket.CLOSED) await once(tunnel.socket, 'close');
}
