import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { readAddress } from '../../config/values/network-range.ts';
import type { TrustedProxies } from '../caller-address.ts';
import { readProxyHeader } from './proxy-header.ts';

const headerTimeoutMs = 10_000;

/** Whether a connection must begin with a header of the PROXY protocol. Others’ aren’t believed, nor looked for. */
export function beginsWithProxyHeader({ remoteAddress = '' }: Socket, trusted: TrustedProxies | null): boolean {
  if (trusted?.addressFrom !== 'proxy-protocol') return false;
  const address = readAddress(remoteAddress);
  return address !== null && trusted.includes(address);
}

/**
 * Takes the header off a connection’s beginning; what is behind it stays unread. A connection without a well-formed one is
 * closed, because its caller couldn’t be known.
 * @param onTaken called with the caller’s address; null where the proxy speaks for itself
 */
export function takeProxyHeader(socket: Socket, log: Logger, onTaken: (source: string | null) => void): void {
  let seen = Buffer.alloc(0);
  const done = (): void => {
    clearTimeout(timer);
    socket.off('readable', read);
    socket.off('error', giveUp);
    socket.off('end', giveUp);
  };
  const giveUp = (): void => {
    done();
    socket.destroy();
  };
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const header = readProxyHeader(seen);
    if (header.status === 'more') return;
    if (header.status === 'malformed') {
      log.warn(
        { proxy: socket.remoteAddress, why: header.why },
        'a trusted proxy sent no PROXY header that can be read',
      );
      giveUp();
      return;
    }
    done();
    if (seen.length > header.length) socket.unshift(seen.subarray(header.length));
    onTaken(header.source);
  };
  const timer = setTimeout(giveUp, headerTimeoutMs);
  socket.on('readable', read);
  socket.on('error', giveUp);
  socket.on('end', giveUp);
}
