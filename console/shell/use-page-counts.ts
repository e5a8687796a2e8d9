import type { Me } from '../api/admin-api.ts';
import { useReading } from '../api/use-reading.ts';

const lookEveryMs = 60_000;
/** A page of them: more need no exact number. */
const waiting = { acknowledged: false } as const;
const pending = { status: 'pending' } as const;

/** What waits for somebody on each page, by the page’s id. */
export function usePageCounts({ rights }: Me): Readonly<Record<string, number>> {
  const mayRead = rights.includes('read-people');
  const requests = useReading(mayRead ? '/admin/v1/access-requests' : null, pending, {
    everyMs: lookEveryMs,
    live: ['access'],
  });
  const findings = useReading(rights.includes('read-usage') ? '/admin/v1/anomalies' : null, waiting, {
    everyMs: lookEveryMs,
    live: ['anomaly', 'administrator'],
  });
  return {
    access: requests.value?.requests.length ?? 0,
    anomalies: findings.value?.anomalies.length ?? 0,
  };
}
