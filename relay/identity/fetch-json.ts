import { Agent, fetch as undiciFetch } from 'undici';

/** The part of `fetch` that is used here. */
export type Fetch = typeof undiciFetch;

/** Fetches small JSON documents of one provider. */
export interface JsonFetcher {
  /** @throws Error with what went wrong in words; redirects, other statuses and large bodies are refused. */
  fetchJson(url: string): Promise<unknown>;
  /** Provider's clock minus ours at the last answer, in milliseconds, as its `Date` header tells it. */
  readonly clockDifferenceMs: number | undefined;
  close(): void;
}

/** Makes a fetcher that trusts only `caPem`, when given, and gives up after `timeoutMs` or on `close`. */
export function createJsonFetcher(options: {
  readonly caPem: string | undefined;
  readonly fetch: Fetch | undefined;
  readonly now: () => number;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}): JsonFetcher {
  const { caPem, now, timeoutMs = 5000, maxBytes = 1_048_576 } = options;
  const fetch = options.fetch ?? undiciFetch;
  const closed = new AbortController();
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs, ...(caPem === undefined ? {} : { ca: caPem }) },
    connections: 2,
    keepAliveTimeout: 1000,
  });
  let clockDifferenceMs: number | undefined;

  return {
    get clockDifferenceMs() {
      return clockDifferenceMs;
    },
    async fetchJson(url) {
      const response = await fetch(url, {
        dispatcher,
        redirect: 'error',
        headers: { accept: 'application/json' },
        signal: AbortSignal.any([closed.signal, AbortSignal.timeout(timeoutMs)]),
      });
      const date = Date.parse(response.headers.get('date') ?? '');
      if (Number.isFinite(date)) clockDifferenceMs = date - now();
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`${url} answered with status ${response.status}`);
      }
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of response.body ?? []) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) throw new Error(`${url} answered with more than ${maxBytes} bytes`);
        chunks.push(chunk);
      }
      try {
        return JSON.parse(Buffer.concat(chunks).toString('utf8'));
      } catch (error) {
        throw new Error(`${url} didn’t answer with JSON`, { cause: error });
      }
    },
    close() {
      closed.abort();
      void dispatcher.destroy();
    },
  };
}
