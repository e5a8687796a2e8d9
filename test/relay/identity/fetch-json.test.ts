import { describe, expect, it } from 'vitest';
import { createJsonFetcher, type Fetch, type JsonFetcher } from '../../../relay/identity/fetch-json.ts';
import type { Outbound } from '../../../relay/identity/open-outbound.ts';

const url = 'https://idp.example/keys';
const nowMs = Date.UTC(2026, 0, 5, 10);

interface Asked {
  readonly method: string;
  readonly body: string | undefined;
  readonly redirect: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A fetcher whose provider gives these answers, one after the other; what it was asked; whether its way out is closed. */
function fetcherOf(...answers: readonly (Response | Error)[]) {
  const asked: Asked[] = [];
  const outbound = { dispatcherFor: () => undefined, closed: false, close: () => void (outbound.closed = true) };
  const fetch = (async (_url: string, init: Record<string, unknown>) => {
    const { body, ...rest } = { method: 'GET', ...init } as unknown as Asked;
    asked.push({ ...rest, body: body === undefined ? undefined : String(body) });
    const answer = answers[asked.length - 1];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('There is no answer.');
    return answer;
  }) as unknown as Fetch;
  const fetcher: JsonFetcher = createJsonFetcher({
    outbound: outbound as unknown as Outbound,
    fetch,
    now: () => nowMs,
    maxBytes: 20,
  });
  return { fetcher, asked, outbound };
}

const failed = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

describe('what a provider is asked', () => {
  it('is JSON, from there alone', async () => {
    const { fetcher, asked } = fetcherOf(Response.json({ a: 1 }));
    expect(await fetcher.fetchJson(url)).toEqual({ a: 1 });
    expect(asked).toMatchObject([
      { method: 'GET', body: undefined, redirect: 'error', headers: { accept: 'application/json' } },
    ]);
  });

  it('by a form is a POST, with its headers', async () => {
    const { fetcher, asked } = fetcherOf(Response.json({}, { status: 401 }));
    expect(await fetcher.requestJson(url, { form: { a: 'b c' }, headers: { authorization: 'x' } })).toEqual({
      status: 401,
      body: {},
    });
    expect(asked).toMatchObject([
      { method: 'POST', body: 'a=b+c', headers: { accept: 'application/json', authorization: 'x' } },
    ]);
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('is asked once more after %s, and no third time', async (code) => {
    const once = fetcherOf(failed(code), Response.json(1));
    expect(await once.fetcher.requestJson(url)).toEqual({ status: 200, body: 1 });
    const twice = fetcherOf(failed(code), failed(code), Response.json(1));
    await expect(twice.fetcher.requestJson(url)).rejects.toThrow('fetch failed');
    expect(twice.asked).toHaveLength(2);
  });

  it('is asked once where it was a POST, or couldn’t be reached at all', async () => {
    for (const [error, request] of [
      [failed('ECONNRESET'), { form: { a: 'b' } }],
      [failed('ECONNREFUSED'), {}],
      [new Error('ECONNRESET'), {}],
    ] as const) {
      const { fetcher, asked } = fetcherOf(error, Response.json(1));
      await expect(fetcher.requestJson(url, request)).rejects.toThrow(error.message);
      expect(asked).toHaveLength(1);
    }
  });

  it('is given up when the fetcher is closed, with its way out', async () => {
    const { fetcher, asked, outbound } = fetcherOf(Response.json(1));
    await fetcher.requestJson(url);
    expect(asked[0]?.signal.aborted).toBe(false);
    fetcher.close();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(outbound.closed).toBe(true);
  });
});

describe('an answer', () => {
  it.each<[what: string, answer: Response, why: string]>([
    ['of another status', Response.json({}, { status: 503 }), `${url} answered with status 503`],
    ['of success without what was asked for', new Response(null, { status: 204 }), `${url} answered with status 204`],
    ['that isn’t JSON', new Response('<html>'), `${url} didn’t answer with JSON`],
    ['that is empty', new Response(''), `${url} didn’t answer with JSON`],
    ['that is too large', new Response(`"${'x'.repeat(19)}"`), `${url} answered with more than 20 bytes`],
  ])('%s is refused where JSON is needed', async (_what, answer, why) => {
    await expect(fetcherOf(answer).fetcher.fetchJson(url)).rejects.toThrow(why);
  });

  it('may be as large as allowed, and need be no JSON where any will do', async () => {
    const text = 'x'.repeat(18);
    const { fetcher } = fetcherOf(new Response(`"${text}"`), new Response('no', { status: 400 }), new Response(null));
    expect(await fetcher.fetchJson(url)).toBe(text);
    expect(await fetcher.requestJson(url)).toEqual({ status: 400, body: undefined });
    expect(await fetcher.requestJson(url)).toEqual({ status: 200, body: undefined });
  });

  it.each<[cacheControl: string | undefined, maxAgeMs: number | undefined]>([
    [undefined, undefined],
    ['no-store', undefined],
    ['max-age=60', 60_000],
    ['public, Max-Age="60"', 60_000],
    ['public,max-age=0', 0],
    ['s-maxage=60', undefined],
    ['x-max-age=60', undefined],
    ['max-age=-1', undefined],
    ['max-age', undefined],
  ])('with Cache-Control %j may be kept for %s ms', async (cacheControl, maxAgeMs) => {
    const headers = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
    const { fetcher } = fetcherOf(
      Response.json(1, { headers: { 'cache-control': 'max-age=7' } }),
      Response.json(1, { headers }),
    );
    expect(fetcher.maxAgeMs).toBeUndefined();
    await fetcher.requestJson(url);
    expect(fetcher.maxAgeMs).toBe(7000);
    await fetcher.requestJson(url);
    expect(fetcher.maxAgeMs).toBe(maxAgeMs);
  });

  it('tells how far the clocks are apart, until one says something else', async () => {
    const dated = (date: string): Response => Response.json(1, { headers: { date } });
    const { fetcher } = fetcherOf(
      dated(new Date(nowMs + 5000).toUTCString()),
      dated('never'),
      dated(new Date(nowMs).toUTCString()),
    );
    const seen: unknown[] = [fetcher.clockDifferenceMs];
    for (let count = 0; count < 3; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one answer after the other
      await fetcher.requestJson(url);
      seen.push(fetcher.clockDifferenceMs);
    }
    expect(seen).toEqual([undefined, 5000, 5000, 0]);
  });
});
