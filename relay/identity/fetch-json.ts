import { fetch as undiciFetch } from 'undici';
import { readAtMost } from '../bytes/read-at-most.ts';
import type { Outbound } from './open-outbound.ts';

/** How long a provider may take to answer, in milliseconds, where the config doesn’t say. */
export const answerTimeoutMs = 5000;

/** The part of `fetch` that is used here. */
export type Fetch = typeof undiciFetch;

/** What is asked of a provider. `form` or `json` makes it a POST. */
export interface JsonRequest {
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A provider's answer; `body` is undefined when it isn't JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Fetches small JSON documents of one provider. */
export interface JsonFetcher {
  /** @throws Error with what went wrong in words; redirects, other statuses and large bodies are refused. */
  fetchJson(url: string): Promise<unknown>;
  /** Like `fetchJson`, but any status will do and need not have JSON. @throws Error */
  requestJson(url: string, request?: JsonRequest): Promise<JsonAnswer>;
  /** Provider's clock minus ours at the last answer, in milliseconds, as its `Date` header tells it. */
  readonly clockDifferenceMs: number | undefined;
  /** How long the last answer may be kept, by its `Cache-Control: max-age` (RFC 9111 §5.2.2.1). */
  readonly maxAgeMs: number | undefined;
  close(): void;
}

/** Makes a fetcher that gives up after `timeoutMs` or on `close`, which also closes its way out. */
export function createJsonFetcher(options: {
  readonly outbound: Outbound;
  readonly fetch: Fetch | undefined;
  readonly now: () => number;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}): JsonFetcher {
  const { outbound, now, timeoutMs = answerTimeoutMs, maxBytes = 1_048_576 } = options;
  const fetch = options.fetch ?? undiciFetch;
  const closed = new AbortController();
  let clockDifferenceMs: number | undefined;
  let maxAgeMs: number | undefined;

  const requestJson = async (url: string, request: JsonRequest = {}): Promise<JsonAnswer> => {
    const { form, json, headers = {} } = request;
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(request.timeoutMs ?? timeoutMs)]);
    const ask = () =>
      fetch(url, {
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
        ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
        dispatcher: outbound.dispatcherFor(url),
        redirect: 'error',
        headers: {
          accept: 'application/json',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        signal,
      });
    // A kept connection may be closed at the other end just as it is used again (RFC 9112 §9.3.1).
    const response = await ask().catch((error: unknown) => {
      if (form === undefined && json === undefined && isCutOff(error)) return ask();
      throw error;
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isFinite(date)) clockDifferenceMs = date - now();
    const maxAge = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(response.headers.get('cache-control') ?? '')?.[1];
    maxAgeMs = maxAge === undefined ? undefined : Number(maxAge) * 1000;
    const body = response.body === null ? Buffer.alloc(0) : await readAtMost(response.body, maxBytes);
    if (body === null) throw new Error(`${url} answered with more than ${maxBytes} bytes`);
    return { status: response.status, body: parsed(body.toString('utf8')) };
  };

  return {
    get clockDifferenceMs() {
      return clockDifferenceMs;
    },
    get maxAgeMs() {
      return maxAgeMs;
    },
    requestJson,
    async fetchJson(url) {
      const { status, body } = await requestJson(url);
      if (status !== 200) throw new Error(`${url} answered with status ${status}`);
      if (body === undefined) throw new Error(`${url} didn’t answer with JSON`);
      return body;
    },
    close() {
      closed.abort();
      outbound.close();
    },
  };
}

const cutOffCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether the connection ended before there was an answer. */
function isCutOff(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cutOffCodes.has(String(cause.code));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
