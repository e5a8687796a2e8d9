import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState, ProfileSnapshot } from '../../shared/snapshot.ts';
import { formatDuration, formatRate, formatSpan } from '../../ui/model/format.ts';
import { waitsFor } from './current-profile.ts';
import { usedUpLimit } from './limit-view.ts';

export interface ConnectionText {
  readonly text: string;
  readonly tone: 'quiet' | 'warning' | 'bad';
}

/**
 * How one API's connection is doing, in a few words. An open listener says that it waits when the sign-in has ended
 * or the tunnel is down, and an API whose quota is used up says until when: nothing looks usable when it isn't.
 */
export function connectionText(
  connection: ConnectionState,
  profile: Pick<ProfileSnapshot, 'signIn' | 'tunnel'>,
  port: number | null,
  api: Pick<CatalogEntry, 'quotas' | 'lock'> = {},
  nowMs: number = Date.now(),
): ConnectionText {
  const usedUp = usedUpLimit(api, nowMs);
  const locked = { text: 'locked by IT', tone: 'bad' } as const;
  switch (connection.status) {
    case 'off':
      if (api.lock !== undefined) return locked;
      if (usedUp !== null) return usedUpText(usedUp.resetsAtMs - nowMs);
      return { text: port === null ? '' : `port ${port}`, tone: 'quiet' };
    case 'opening':
      return { text: 'connecting', tone: 'quiet' };
    case 'failed':
      return { text: connection.problem.title, tone: 'bad' };
    case 'on':
      if (waitsFor(profile) !== null) return { text: `waits for ${waitsFor(profile)}`, tone: 'warning' };
      if (api.lock !== undefined) return locked;
      if (usedUp !== null) return usedUpText(usedUp.resetsAtMs - nowMs);
      return { text: trafficText(connection.requestsPerSecond, connection.latencyMs), tone: 'quiet' };
  }
}

function usedUpText(leftMs: number): ConnectionText {
  return { text: `quota used up for ${formatSpan(leftMs)}`, tone: 'bad' };
}

function trafficText(requestsPerSecond: number, latencyMs: number | null): string {
  const rate = formatRate(requestsPerSecond);
  if (rate === null) return 'idle';
  return latencyMs === null ? rate : `${rate}, ${formatDuration(latencyMs)}`;
}
