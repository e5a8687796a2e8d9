import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { AccessError } from '../../shared/errors.ts';
import { callbackPage, callbackPageHeaders } from './callback-page.ts';
import { type CallbackVerdict, type ExpectedCallback, judgeCallback } from './judge-callback.ts';
import { text } from '../../shared/messages/text.ts';

/** The one answer of the provider, and the browser pages that wait to hear how the sign-in ended. */
export interface CallbackAnswer {
  readonly verdict: Exclude<CallbackVerdict, { type: 'refuse' }>;
  /** Shows the last page, only once, and resolves when each browser page that asked has it or has gone, or none came. */
  readonly finish: (page: Parameters<typeof callbackPage>[0]) => Promise<void>;
}

/** A loopback server that waits for one sign-in's answer (RFC 8252 §7.3). */
export interface CallbackServer {
  readonly redirectUri: string;
  /** From now on, answers with this state and issuer count; before, every request is refused. */
  expect(expected: Pick<ExpectedCallback, 'state' | 'issuer' | 'issRequired'>): void;
  /** Resolves with the one answer; until `close` the same address shows how the sign-in ended, and nothing else. */
  readonly answer: Promise<CallbackAnswer>;
  /** Stops listening and cuts what is still open; safe to call twice. */
  close(): Promise<void>;
}

const callbackPath = '/callback';
/** How long the last page waits for a browser, when the one that brought the answer is gone. */
const latePageMs = 1_500;
const headerLimits = { maxHeaderSize: 16_384, headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 1 };

function send(response: ServerResponse, status: number, page: Parameters<typeof callbackPage>[0]): void {
  const allow = status === 405 ? { allow: 'GET' } : {};
  response.writeHead(status, { ...callbackPageHeaders, ...allow }).end(callbackPage(page));
}

function sendLast(response: ServerResponse, page: Parameters<typeof callbackPage>[0]): void {
  send(response, page.kind === 'done' ? 200 : 400, page);
}

/** Whether a browser loads the page ahead of the person's click (Fetch §3.9 `Sec-Purpose`, older names besides). */
function isSpeculative({ headers }: IncomingMessage): boolean {
  return [headers['sec-purpose'], headers['purpose'], headers['x-purpose'], headers['x-moz']].some(
    (purpose) => typeof purpose === 'string' && /\b(?:prefetch|prerender|preview)\b/i.test(purpose),
  );
}

async function listen(server: Server, ports: readonly number[]): Promise<void> {
  for (const port of ports.length > 0 ? ports : [0]) {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    try {
      await once(server, 'listening');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new AccessError('port-taken', text('failure.callback-port', { ports: ports.join(', ') }));
}

/**
 * Opens the server on 127.0.0.1, on an ephemeral port or on the first free one of `ports`.
 * @throws AccessError `port-taken` when none of `ports` is free
 */
export async function openCallbackServer(ports: readonly number[] = []): Promise<CallbackServer> {
  const { promise: answer, resolve } = Promise.withResolvers<CallbackAnswer>();
  let expected: Pick<ExpectedCallback, 'state' | 'issuer' | 'issRequired'> | undefined;
  let answered: string | null = null;
  let lastPage: Parameters<typeof callbackPage>[0] | null = null;
  const waiting = new Set<ServerResponse>();
  const late = Promise.withResolvers<void>();
  let host = '';
  const server = createServer(headerLimits, (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    if (isSpeculative(request)) {
      // Left for the page that the person sees, which then loads for real.
      response.writeHead(503, { 'cache-control': 'no-store' }).end();
      return;
    }
    if (answered !== null && request.url === answered && request.headers.host === host) {
      // A reload, or the visible page after one that was loaded ahead.
      if (lastPage === null) waiting.add(response);
      else {
        response.once('close', late.resolve);
        sendLast(response, lastPage);
      }
      return;
    }
    const verdict: CallbackVerdict =
      expected && answered === null
        ? judgeCallback(
            { method: request.method ?? '', host: request.headers.host, target: request.url ?? '' },
            { host, path: callbackPath, ...expected },
          )
        : { type: 'refuse', status: 400, reason: text('callback.none-waits') };
    if (verdict.type === 'refuse') {
      const explained = text('callback.refused.text', { reason: verdict.reason });
      send(response, verdict.status, { kind: 'failed', title: text('callback.refused'), text: explained });
      return;
    }
    answered = request.url ?? '';
    waiting.add(response);
    resolve({
      verdict,
      finish: async (page) => {
        if (lastPage !== null) return;
        lastPage = page;
        const open = [...waiting].filter((one) => !one.closed);
        const closed = open.map((one) => once(one, 'close'));
        for (const one of open) sendLast(one, page);
        await Promise.all(closed);
        // A page that was loaded ahead and dropped again isn't the one that the person sees.
        if (open.length === 0) await Promise.race([late.promise, wait(latePageMs, undefined, { ref: false })]);
      },
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await listen(server, ports);
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    redirectUri: `http://${host}${callbackPath}`,
    expect: (values) => {
      expected = values;
    },
    answer,
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
