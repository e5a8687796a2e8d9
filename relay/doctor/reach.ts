import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { answerMs } from './in-time.ts';

/** Where a server is. `tls` is null for one that is spoken to in the clear. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string | null;
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'ALPNProtocols'> | null;
}

/** A connection that could be made, and was closed again. */
export interface Reached {
  readonly tookMs: number;
  /** When the server’s certificate ends; null without TLS. */
  readonly notAfterMs: number | null;
  /** What both agreed to speak (RFC 7301); null when nothing was asked. */
  readonly alpn: string | null;
}

/** Opens a connection as the relay does, says nothing on it and closes it. @throws the network’s or TLS’s error */
export async function reach({ host, port, socketPath = null, tls }: Place, signal: AbortSignal): Promise<Reached> {
  const beganAtMs = performance.now();
  const target = socketPath === null ? { host, port } : { path: socketPath };
  const servername = tls?.servername ?? (isIP(host) === 0 ? host : '');
  const socket: Socket = tls === null ? connectTcp(target) : connectTls({ ...target, ...tls, servername });
  const ended = Promise.withResolvers<never>();
  const fail = (code: string): void => ended.reject(Object.assign(new Error(code), { code }));
  signal.addEventListener('abort', () => fail('UND_ERR_CONNECT_TIMEOUT'), { once: true });
  socket.setTimeout(answerMs, () => fail('UND_ERR_CONNECT_TIMEOUT'));
  socket.once('error', (error) => ended.reject(error));
  socket.once('close', () => fail('ECONNRESET'));
  const connected = new Promise<void>((resolve) => {
    socket.once(tls === null ? 'connect' : 'secureConnect', resolve);
  });
  try {
    await Promise.race([connected, ended.promise]);
    const secure = tls === null ? null : (socket as TLSSocket);
    return {
      tookMs: Math.round(performance.now() - beganAtMs),
      notAfterMs: secure === null ? null : Date.parse(secure.getPeerCertificate().valid_to),
      alpn: secure === null || secure.alpnProtocol === false ? null : secure.alpnProtocol,
    };
  } finally {
    ended.promise.catch(() => undefined);
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
