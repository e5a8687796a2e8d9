import type { Me } from '../api/admin-api.ts';
import { useReading } from '../api/use-reading.ts';

const lookEveryMs = 60_000;
const pending = { status: 'pending' } as const;

/** What waits for somebody on each page, by the page’s id. */
export function usePageCounts({ rights }: Me): Readonly<Record<string, number>> {
  const mayRead = rights.includes('read-people');
  const requests = useReading(mayRead ? '/admin/v1/access-requests' : null, pending, {
    everyMs: lookEveryMs,
    live: ['access'],
  });
  return { access: requests.value?.requests.length ?? 0 };
}
