import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AccessError } from '../../shared/errors.ts';
import type { Exchange, IncomingUpgrade } from '../request/exchange/exchange.ts';
import type { WayBack } from '../way-back/way-back.ts';
import type { ForwardedRequest } from './forward-request.ts';
import { Http1Source } from './http1-source.ts';
import { readResponseHeaders } from '../way-back/response-headers.ts';
import type { Upstream } from './upstream-pools.ts';

/** How long an API may take for the last bytes of a caller that is gone. */
const longestCloseMs = 60_000;

/**
 * Carries an upgrade (RFC 9110 §7.8) that policy has allowed: the handshake goes to the upstream, and behind its 101
 * the bytes of both sides pass untouched. Any other answer goes to the caller as it is.
 */
export class UpgradeForwarding extends Http1Source {
  readonly #exchange: Exchange;
  readonly #incoming: IncomingUpgrade;
  readonly #firstBytes: Buffer;

  /** @param firstBytes what the caller sent behind its request */
  constructor(exchange: Exchange, incoming: IncomingUpgrade, way: WayBack, upstream: Upstream, firstBytes: Buffer) {
    super(way, upstream);
    this.#exchange = exchange;
    this.#incoming = incoming;
    this.#firstBytes = firstBytes;
  }

  /** @param body all of the request's: it goes before the switch, so that none of it is taken for the new protocol */
  start({ method, path, headers }: Omit<ForwardedRequest, 'body'>, body: Buffer | null): void {
    this.way.attach(this);
    if (this.ended) return;
    const upgrade = this.#incoming.protocol;
    this.upstream.pool.dispatch({ path, method: method as Dispatcher.HttpMethod, headers, upgrade, body }, this);
  }

  override onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: unknown,
    statusMessage?: string,
  ): void {
    super.onResponseStart(controller, status, headers, statusMessage);
    // Refused: nothing that the caller sends counts any more but its end, which Node tells only those who read.
    if (status >= 200) noticeEnd(this.#incoming);
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    upstreamSocket: Duplex,
  ): void {
    // Listened to first: whatever happens next, it is this exchange's failure alone.
    upstreamSocket.on('error', () => undefined);
    this.way.guard(() => {
      const raw = (controller.rawHeaders ?? []) as (Buffer | string)[];
      if (!this.way.handOver()) {
        upstreamSocket.destroy();
        return;
      }
      const exchange = this.#exchange;
      const { carried, protocol } = this.#incoming;
      exchange.status = status;
      exchange.watch?.answered(status);
      let head: string;
      try {
        head = upgradeHead(raw, protocol, exchange.answerHeaders);
      } catch (error) {
        upstreamSocket.destroy();
        const detail = error instanceof Error ? error.message : String(error);
        exchange.answer({ code: 'upstream-protocol', status: 502, detail });
        exchange.finish('unknown', detail);
        return;
      }
      (exchange.response as unknown as ServerResponse).detachSocket(carried as never);
      carried.write(Buffer.from(head, 'latin1'));
      if (this.#firstBytes.length > 0) {
        exchange.requestBytes += this.#firstBytes.length;
        upstreamSocket.write(this.#firstBytes);
      }
      join(exchange, carried, upstreamSocket);
    });
  }
}

/** The upstream's 101 for the caller: what it says of the new protocol (RFC 9110 §7.8) is its own. */
function upgradeHead(raw: readonly (Buffer | string)[], asked: string, more: readonly string[]): string {
  let protocol = asked;
  for (let index = 0; index < raw.length; index += 2) {
    if (String(raw[index]).toLowerCase() !== 'upgrade') continue;
    protocol = latin1(raw[index + 1]);
    // Only one that was offered may be switched to, and only that one was decided on (RFC 9110 §7.8).
    if (protocol.trim().toLowerCase() !== asked.toLowerCase()) {
      throw new AccessError('upstream-protocol', 'The API switched to another protocol than it was asked for.');
    }
  }
  let head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
  const headers = [...readResponseHeaders(raw), ...more];
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n`;
}

function noticeEnd({ carried, response, socket }: IncomingUpgrade): void {
  carried.once('end', () => {
    if (!response.writableFinished && !socket.readsOn) socket.destroy();
  });
  carried.resume();
}

function latin1(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}

function closeWhenSent(upstream: Duplex): void {
  const late = setTimeout(() => upstream.destroy(), longestCloseMs);
  late.unref();
  // Nobody reads what it says, but one that can’t say it reads no further either.
  upstream.resume();
  upstream.once('finish', () => upstream.destroy());
  upstream.once('close', () => clearTimeout(late));
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
    // What the caller sent before its end is the API’s, who may be slow to take it; unless it is no longer allowed.
    const sendsRest = caller.readableEnded && !upstream.writableFinished && !exchange.finished;
    exchange.finish('completed');
    caller.destroy();
    if (sendsRest) closeWhenSent(upstream);
    else upstream.destroy();
  };
  caller.once('close', end);
  caller.once('error', end);
  upstream.once('error', (error) => {
    exchange.finish('aborted', `The API broke off the connection: ${error.message}`);
    end();
  });
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
