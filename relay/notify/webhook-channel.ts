import { Agent, request } from 'undici';
import { webhookKey } from '../config/values/webhook-key.ts';
import { retryAfterMs } from '../sinks/retry-delay.ts';
import { webhookHeaders } from '../sinks/sign-webhook.ts';
import { failureWords } from '../sinks/sink-target.ts';
import type { NoticeChannel, NoticeDelivery } from './notice-channel.ts';
import type { DueNotice } from './notice-outbox.ts';
import { breakGlassLinks, linksOf, type NoticeLinks } from './notice-text.ts';

export interface WebhookChannelSettings {
  readonly name: string;
  readonly url: string;
  readonly secrets: readonly string[];
  readonly ca: string | undefined;
  readonly timeoutMs: number;
}

const maxAnswerBytes = 65_536;
/** Answers that say nothing of how other messages would fare. */
const aboutOneMessage = new Set([400, 406, 409, 415, 422]);

/** Sends each message as one signed POST (Standard Webhooks); 2xx acknowledges it, and nothing is followed elsewhere. */
export function createWebhookChannel(settings: WebhookChannelSettings, links: NoticeLinks): NoticeChannel {
  const { name, url, timeoutMs, ca } = settings;
  const keys = settings.secrets.flatMap((secret) => webhookKey(secret) ?? []);
  const agent = new Agent({
    connections: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
  });
  return {
    name,
    async send(notice) {
      const body = bodyOf(notice, links);
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'causeway-relay',
            ...webhookHeaders({ id: notice.id, timeMs: Date.now(), body }, keys),
          },
          body,
          signal,
        });
        // What it says beside the status counts for nothing, also when it never ends.
        await answer.body.dump({ limit: maxAnswerBytes, signal }).catch(() => undefined);
        return judge(answer.statusCode, answer.headers['retry-after']);
      } catch (error) {
        const reason = signal.aborted ? `the receiver didn’t answer within ${timeoutMs / 1000} s` : failureWords(error);
        return { status: 'later', reason, isChannel: true };
      }
    },
    close: () => agent.destroy(),
  };
}

function bodyOf({ event, record }: DueNotice, links: NoticeLinks): string {
  if (record.type === 'relay') return breakGlassBody(record, links);
  const { timeMs, grant, requester, api, role, hours, expiresAtMs, by, note } = record;
  return JSON.stringify({
    type: `access.${event}`,
    timestamp: new Date(timeMs).toISOString(),
    data: {
      relay: links.relayName,
      request: grant,
      requester: requester.username,
      api,
      role,
      hours,
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
      by,
      note,
      links: Object.fromEntries(linksOf({ record }, links).map(([place, link]) => [place.toLowerCase(), link])),
    },
  });
}

function breakGlassBody(
  { timeMs, person, remoteAddress, detail }: Extract<DueNotice['record'], { type: 'relay' }>,
  links: NoticeLinks,
): string {
  return JSON.stringify({
    type: 'break-glass.signed-in',
    timestamp: new Date(timeMs).toISOString(),
    data: {
      relay: links.relayName,
      account: person?.username ?? null,
      address: remoteAddress ?? null,
      detail,
      links: Object.fromEntries(breakGlassLinks(links).map(([place, link]) => [place.toLowerCase(), link])),
    },
  });
}

function judge(status: number, retryAfter: string | string[] | undefined): NoticeDelivery {
  if (status >= 200 && status < 300) return { status: 'delivered' };
  const reason = `the receiver answered ${status}`;
  if (status === 410 || status === 413) return { status: 'refused', reason };
  const askedMs = retryAfterMs(typeof retryAfter === 'string' ? retryAfter : undefined, Date.now());
  return {
    status: 'later',
    reason,
    isChannel: !aboutOneMessage.has(status),
    ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }),
  };
}
