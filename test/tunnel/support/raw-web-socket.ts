import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { tunnelProtocol } from '../../../shared/tunnel/protocol.ts';
import type { TunnelWorld } from './tunnel-world.ts';

export interface WebSocketFrame {
  readonly fin?: boolean;
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly masked?: boolean;
  /** RSV1 to RSV3, as the bits stand in the first byte. */
  readonly reserved?: number;
  /** The length to claim instead of the payload's own. */
  readonly claimedBytes?: number;
}

/** A WebSocket frame (RFC 6455 §5.2), as wrong as a test wants it. */
export function webSocketFrame(given: WebSocketFrame): Buffer {
  const { fin = true, opcode, payload = new Uint8Array(0), masked = true, reserved = 0 } = given;
  const length = given.claimedBytes ?? payload.length;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | reserved | opcode;
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, ...(masked ? [Buffer.alloc(4)] : []), payload]);
}

/** A connection that has been upgraded at the relay and speaks WebSocket by hand. */
export class RawWebSocket {
  readonly socket: TLSSocket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Starts to take what comes; until then nothing is read. */
  listen(): void {
    this.socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
  }

  send(...frames: readonly WebSocketFrame[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames.map(webSocketFrame)));
  }

  /** Writes until the relay closes the connection. */
  async flood(chunk: Buffer): Promise<void> {
    let over = false;
    void this.closed.then(() => (over = true));
    while (!over) {
      if (!this.socket.write(chunk))
        await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.closed]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The status of the relay's CLOSE frame, once the connection has ended; 1006 when there was none. */
  async closeCode(): Promise<number> {
    await this.closed;
    let offset = 0;
    while (offset + 2 <= this.#received.length) {
      const opcode = (this.#received[offset] ?? 0) & 0x0f;
      let length = (this.#received[offset + 1] ?? 0) & 0x7f;
      let header = 2;
      if (length === 126) [length, header] = [this.#received.readUInt16BE(offset + 2), 4];
      else if (length === 127) [length, header] = [Number(this.#received.readBigUInt64BE(offset + 2)), 10];
      if (opcode === 8 && length >= 2) return this.#received.readUInt16BE(offset + header);
      offset += header + length;
    }
    return 1006;
  }
}

/** Upgrades with a valid token and gives the bare connection behind the 101. */
export async function rawWebSocket(world: TunnelWorld, person: string, listening = true): Promise<RawWebSocket> {
  const token = await world.issuer.token(person);
  const socket = connect({ host: '127.0.0.1', port: world.relayPort, ca: world.ca });
  await once(socket, 'secureConnect');
  socket.write(
    [
      'GET /v1/tunnel HTTP/1.1',
      `Host: 127.0.0.1:${world.relayPort}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Sec-WebSocket-Protocol: ${tunnelProtocol}`,
      `Authorization: Bearer ${token}`,
      '',
      '',
    ].join('\r\n'),
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString().startsWith('HTTP/1.1 101 ')) throw new Error(answer.toString());
  const raw = new RawWebSocket(socket);
  if (listening) raw.listen();
  else socket.pause();
  return raw;
}
