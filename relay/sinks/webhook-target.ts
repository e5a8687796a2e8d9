import { Agent, request } from 'undici';
import { webhookKey } from '../config/values/webhook-key.ts';
import { retryAfterMs } from './retry-delay.ts';
import { webhookHeaders } from './sign-webhook.ts';
import type { SinkPlace } from './sink-settings.ts';
import { type Delivery, failureWords, shippedJson, type SinkTarget } from './sink-target.ts';

const maxAnswerBytes = 65_536;

/** Sends each batch as one signed POST; 2xx acknowledges it, and nothing is followed elsewhere. */
export function createWebhookTarget(
  { url, secrets, tls }: Extract<SinkPlace, { kind: 'webhook' }>,
  timeoutMs: number,
): SinkTarget {
  const keys = secrets.flatMap((secret) => webhookKey(secret) ?? []);
  const agent = new Agent({
    connections: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs, ...(tls.ca === undefined ? {} : { ca: tls.ca }), ...tls.certificate },
  });
  return {
    async send({ id, log, records }, stopping) {
      const body = `{"type":"audit.records","log":"${log}","records":[${records.map((record) => shippedJson(log, record)).join(',')}]}`;
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
      try {
        const {
          statusCode,
          headers,
          body: answer,
        } = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'causeway-relay',
            ...webhookHeaders({ id, timeMs: Date.now(), body }, keys),
          },
          body,
          signal,
        });
        // What it says beside the status counts for nothing, also when it never ends.
        await answer.dump({ limit: maxAnswerBytes, signal }).catch(() => undefined);
        return judge(statusCode, headers['retry-after']);
      } catch (error) {
        return { status: 'failed', reason: signal.aborted ? noAnswer(timeoutMs) : failureWords(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

function noAnswer(timeoutMs: number): string {
  return `the receiver didn’t answer within ${timeoutMs / 1000} s`;
}

function judge(status: number, retryAfter: string | string[] | undefined): Delivery {
  if (status >= 200 && status < 300) return { status: 'delivered' };
  const reason = `the receiver answered ${status}`;
  if (status === 410) return { status: 'ended', reason };
  if (status === 413) return { status: 'too-large', reason };
  const askedMs = retryAfterMs(typeof retryAfter === 'string' ? retryAfter : undefined, Date.now());
  return { status: 'failed', reason, ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) };
}
