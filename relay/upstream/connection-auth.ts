import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';

/** Schemes that authenticate the connection, not the request (RFC 4559 §4; [MS-NTHT]). */
const schemes = /(?:^|[,\s])(?:ntlm|negotiate|nego2|kerberos)(?=$|[,\s])/i;

/** Whether a request would authenticate the connection that it goes out on. @param headers names and values in turn */
export function authenticatesConnection(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization' && schemes.test(headers[index + 1] ?? ''))
      return true;
  }
  return false;
}

/** Whether an answer says that its upstream authenticates connections. */
export function speaksOfConnection(headers: IncomingHttpHeaders): boolean {
  const asked: string | readonly string[] | undefined = headers['www-authenticate'];
  if (
    asked !== undefined &&
    (typeof asked === 'string' ? [asked] : (asked as readonly string[])).some((one) => schemes.test(one))
  )
    return true;
  return headers['persistent-auth'] !== undefined;
}

/** What undici calls besides its documented handler. */
interface SendingHandler extends Dispatcher.DispatchHandler {
  onBodySent?(chunk: Buffer): void;
  onRequestSent?(): void;
  onResponseStarted?(): void;
}

/** Passes everything on, and tells when an answer says that its upstream authenticates connections. */
export class WatchedAnswer implements SendingHandler {
  readonly #handler: SendingHandler;
  readonly #onConnectionAuth: () => void;

  constructor(handler: Dispatcher.DispatchHandler, onConnectionAuth: () => void) {
    this.#handler = handler;
    this.#onConnectionAuth = onConnectionAuth;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    this.#handler.onRequestUpgrade?.(controller, status, headers, socket);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusMessage?: string,
  ): void {
    if (speaksOfConnection(headers)) this.#onConnectionAuth();
    this.#handler.onResponseStart?.(controller, status, headers, statusMessage);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#handler.onResponseError?.(controller, error);
  }
}
