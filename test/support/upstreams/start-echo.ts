import { createHash } from 'node:crypto';
import { sendJson, startUpstream, type Upstream, type UpstreamRequest } from './start-upstream.ts';

/** A request exactly as the echo upstream's parser gave it: nothing decoded, nothing joined. */
export interface RecordedRequest {
  readonly method: string;
  /** The request target with query, byte for byte. */
  readonly target: string;
  /** Names and values in turn, as received, case and duplicates kept. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly upgrade: boolean;
  /** Filled in once the body has ended. */
  body: { readonly bytes: number; readonly sha256: string } | null;
}

export interface EchoUpstream extends Upstream {
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  clear(): void;
}

/** How the echo upstream can be told to answer otherwise; return true when the request has been answered. */
export type EchoAnswer = (exchange: UpstreamRequest, recorded: RecordedRequest) => boolean | Promise<boolean>;

/**
 * Starts an upstream that records each request and answers it as JSON: `{ method, target, rawHeaders, body }`. WebSocket
 * upgrades are accepted on every path and messages sent back as they came.
 */
export async function startEcho(options: { port?: number; answer?: EchoAnswer } = {}): Promise<EchoUpstream> {
  const requests: RecordedRequest[] = [];
  const upstream = await startUpstream({
    ...(options.port === undefined ? {} : { port: options.port }),
    onRequest: async (exchange) => {
      const { request, response } = exchange;
      const recorded: RecordedRequest = {
        method: request.method ?? '',
        target: request.url ?? '',
        rawHeaders: request.rawHeaders,
        headers: request.headers,
        upgrade: false,
        body: null,
      };
      requests.push(recorded);
      if ((await options.answer?.(exchange, recorded)) === true) return;
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      recorded.body = { bytes, sha256: hash.digest('hex') };
      sendJson(response, 200, recorded);
    },
    onWebSocket: (socket, _url, request) => {
      requests.push({
        method: request.method ?? '',
        target: request.url ?? '',
        rawHeaders: request.rawHeaders,
        headers: request.headers,
        upgrade: true,
        body: null,
      });
      // Whatever a caller sends after the upgrade reaches this server as it is.
      socket.on('error', () => socket.terminate());
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    },
  });
  return Object.defineProperties(upstream, {
    requests: { value: requests },
    clear: { value: () => void requests.splice(0) },
  }) as EchoUpstream;
}
