import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Exchange } from '../exchange.ts';
import { readResponseHeaders } from './response-headers.ts';
import type { Upstream } from './upstream-pools.ts';

/**
 * Carries a WebSocket upgrade (RFC 6455 §4) that policy has allowed: the handshake goes to the upstream, and behind
 * its 101 the bytes of both sides pass untouched.
 */
export function forwardUpgrade(
  exchange: Exchange,
  upstream: Upstream,
  path: string,
  headers: string[],
  firstBytes: Buffer,
): void {
  const { socket } = exchange;
  let controller: Dispatcher.DispatchController | null = null;
  let upgraded = false;
  const onCallerGone = (): void => {
    controller?.abort(new Error('The caller is gone.'));
    if (!upgraded) exchange.finish('unknown', 'The caller closed the connection before the answer.');
  };
  socket.once('close', onCallerGone);
  upstream.pool.dispatch(
    { path, method: 'GET', headers, upgrade: 'websocket' },
    {
      onRequestStart(started) {
        controller = started;
        if (socket.destroyed) started.abort(new Error('The caller is gone.'));
      },
      onRequestUpgrade(started, status, _headers, upstreamSocket) {
        upgraded = true;
        exchange.status = status;
        const raw = (started.rawHeaders ?? []) as (Buffer | string)[];
        socket.write(upgradeHead(status, [...readResponseHeaders(raw), ...exchange.answerHeaders]));
        if (firstBytes.length > 0) upstreamSocket.write(firstBytes);
        join(exchange, socket, upstreamSocket);
      },
      onResponseStart(started, status) {
        if (status < 200) return;
        // The upstream refuses the upgrade: its status is the answer, its body isn't passed on.
        started.abort(new Error('The API refused the upgrade.'));
        exchange.answer({
          code: 'upstream-protocol',
          status: status >= 400 ? status : 502,
          detail: `The API answered ${status} instead of opening a WebSocket.`,
        });
        exchange.finish('completed', 'The API refused the upgrade.');
      },
      onResponseData() {},
      onResponseEnd() {},
      onResponseError(_started, error) {
        if (upgraded || socket.destroyed || socket.writableEnded) return;
        exchange.answer({
          code: 'upstream-unreachable',
          status: 502,
          detail: `${upstream.origin} can’t be reached (${error.message}).`,
        });
        exchange.finish('completed', error.message);
      },
    },
  );
}

function upgradeHead(status: number, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${status} Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n`;
}

function join(exchange: Exchange, caller: Duplex, upstream: Duplex): void {
  caller.on('data', (chunk: Buffer) => {
    exchange.requestBytes += chunk.length;
  });
  upstream.on('data', (chunk: Buffer) => {
    exchange.responseBytes += chunk.length;
  });
  caller.pipe(upstream);
  upstream.pipe(caller);
  const end = (): void => {
    exchange.finish('completed');
    caller.destroy();
    upstream.destroy();
  };
  caller.once('close', end);
  caller.once('error', end);
  upstream.once('error', end);
  upstream.once('close', () => {
    if (!upstream.readableEnded) {
      end();
      return;
    }
    // Its last bytes may still wait for a link that is away; behind them the caller is told of the end.
    exchange.finish('completed');
    caller.resume();
  });
}
