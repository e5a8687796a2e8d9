import { request as requestHttp, Agent as HttpAgent } from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { OtlpSettings } from './otlp-settings.ts';

/** Sends batches of spans, one after the other. */
export interface OtlpSender {
  /** @returns why the receiver doesn’t have them; null when it has */
  send(body: Uint8Array): Promise<string | null>;
}

type Attempt =
  | { readonly status: 'done' }
  | { readonly status: 'failed'; readonly why: string }
  | { readonly status: 'later'; readonly why: string; readonly afterMs: number | null };

/** Answers after which the same may be sent again (OTLP, Failures). */
const retryable = new Set([429, 502, 503, 504]);
const firstPauseMs = 1000;
const longestPauseMs = 5000;
const pauseGrowth = 1.5;
const compress = promisify(gzip);

/** Sends spans over HTTP in protobuf (OTLP/HTTP), on connections that stay open; what may be sent again is, as long as there is time. */
export function openOtlpSender({ url, headers, timeoutMs, isCompressed, tls }: OtlpSettings): OtlpSender {
  const isSecure = url.protocol === 'https:';
  const agent = isSecure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  const ask = isSecure ? requestHttps : requestHttp;

  const attempt = (body: Uint8Array, leftMs: number): Promise<Attempt> =>
    new Promise((resolve) => {
      const later = (why: string, afterMs: number | null = null): void => resolve({ status: 'later', why, afterMs });
      const request = ask(url, {
        method: 'POST',
        agent,
        headers: {
          ...headers,
          'content-type': 'application/x-protobuf',
          'content-length': body.length,
          'user-agent': 'causeway-relay',
          ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
        },
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(leftMs))),
      });
      request.once('error', (error) => later(error.message));
      request.once('response', (response) => {
        const status = response.statusCode ?? 0;
        response.once('error', (error) => later(error.message));
        response.resume().once('end', () => {
          if (status >= 200 && status < 300) resolve({ status: 'done' });
          else if (retryable.has(status)) later(`it answers ${status}`, afterMs(response.headers['retry-after']));
          else resolve({ status: 'failed', why: `it answers ${status}` });
        });
      });
      request.end(body);
    });

  return {
    async send(spans) {
      const untilMs = performance.now() + timeoutMs;
      const body = isCompressed ? await compress(spans) : spans;
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseGrowth, longestPauseMs)) {
        const result = await attempt(body, untilMs - performance.now());
        if (result.status === 'done') return null;
        if (result.status === 'failed') return result.why;
        const waitMs = result.afterMs ?? pauseMs * (0.8 + Math.random() * 0.4);
        if (performance.now() + waitMs >= untilMs) return result.why;
        await pause(waitMs);
      }
    },
  };
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function afterMs(value: string | undefined): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
