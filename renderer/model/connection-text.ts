import type { CatalogEntry } from '../../shared/catalog.ts';
import type { CauseFacts } from '../../shared/cause.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { formatDuration, formatRate, formatSpan } from '../../ui/model/format.ts';
import { waitsFor } from './current-profile.ts';
import { usedUpLimit } from './limit-view.ts';
import { text } from '../../shared/messages/text.ts';
import { problemInWords } from '../../shared/problem-words.ts';

export interface ConnectionText {
  readonly text: string;
  readonly tone: 'quiet' | 'warning' | 'bad';
}

/**
 * How one API's connection is doing, in a few words. An open listener says that it waits when the sign-in has ended
 * or the tunnel is down, and an API whose quota is used up says until when: nothing looks usable when it isn't. Of a lock
 * it says nothing: the row has its reason.
 */
export function connectionText(
  connection: ConnectionState,
  profile: CauseFacts,
  port: number | null,
  api: Pick<CatalogEntry, 'quotas' | 'lock'> = {},
  nowMs: number = Date.now(),
): ConnectionText {
  const usedUp = usedUpLimit(api, nowMs);
  const missing = waitsFor(profile);
  const locked = { text: '', tone: 'bad' } as const;
  switch (connection.status) {
    case 'off':
      if (api.lock !== undefined) return locked;
      if (usedUp !== null) return usedUpText(usedUp.resetsAtMs - nowMs);
      return { text: port === null ? '' : text('apis.state.port', { port: String(port) }), tone: 'quiet' };
    case 'opening':
      return {
        text: missing === null ? text('apis.state.opening') : text('apis.state.waits-for', { awaited: missing }),
        tone: 'quiet',
      };
    case 'failed':
      return { text: problemInWords(connection.problem).title, tone: 'bad' };
    case 'on':
      if (missing !== null) return { text: text('apis.state.waits-for', { awaited: missing }), tone: 'warning' };
      if (api.lock !== undefined) return locked;
      if (usedUp !== null) return usedUpText(usedUp.resetsAtMs - nowMs);
      return { text: trafficText(connection.requestsPerSecond, connection.latencyMs), tone: 'quiet' };
  }
}

function usedUpText(leftMs: number): ConnectionText {
  return { text: text('apis.state.used-up', { span: formatSpan(leftMs) }), tone: 'bad' };
}

function trafficText(requestsPerSecond: number, latencyMs: number | null): string {
  const rate = formatRate(requestsPerSecond);
  if (rate === null) return text('apis.state.idle');
  return latencyMs === null ? rate : text('apis.state.traffic', { rate, latency: formatDuration(latencyMs) });
}
