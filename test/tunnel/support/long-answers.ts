import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { deterministicBytes } from '../../support/upstreams/deterministic-bytes.ts';
import { type EchoAnswer, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { sendJson } from '../../support/upstreams/start-upstream.ts';

/** More than all that the kernel, the client and the relay keep of an answer which nobody reads. */
export const downloadBytes = 100_000_000;

/** How an upstream answers calls that take as long as a test wants. */
export interface LongAnswers {
  /**
   * For `startEcho`: `/held/…` is answered with its body once it is released, `/download` with {@link downloadBytes}
   * deterministic bytes, `/events` as an event stream. All else is echoed at once.
   */
  readonly answer: EchoAnswer;
  /** Lets the held requests of this path be answered, those to come included. */
  release(path: string): void;
  /** Sends an event with this number to each event stream. */
  sendEvent(number: number): void;
  endEvents(): void;
}

/** Makes them, with nothing released. */
export function makeLongAnswers(): LongAnswers {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const streams = new Set<ServerResponse>();
  const gateOf = (path: string): PromiseWithResolvers<void> => {
    const gate = gates.get(path) ?? Promise.withResolvers<void>();
    gates.set(path, gate);
    return gate;
  };
  return {
    async answer({ url, request, response }) {
      if (url.pathname.startsWith('/held/')) {
        const body = await text(request);
        await Promise.race([gateOf(url.pathname).promise, once(response, 'close')]);
        if (!response.destroyed) sendJson(response, 200, { body });
        return true;
      }
      if (url.pathname === '/download') {
        response.writeHead(200, { 'content-length': downloadBytes });
        // Whoever gives the download up sees to it that this fails.
        await pipeline(Readable.from(deterministicBytes(downloadBytes)), response).catch(() => response.destroy());
        return true;
      }
      if (url.pathname !== '/events') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.add(response);
      response.once('close', () => streams.delete(response));
      return true;
    },
    release: (path) => gateOf(path).resolve(),
    sendEvent(number) {
      for (const stream of streams) stream.write(`data: ${number}\n\n`);
    },
    endEvents() {
      for (const stream of streams) stream.end();
    },
  };
}

/** How often each of these requests reached the upstream. */
export function countsOf(echo: EchoUpstream, paths: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(paths.map((path) => [path, echo.requests.filter(({ target }) => target === path).length]));
}
