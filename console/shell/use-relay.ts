import { useReading } from '../api/use-reading.ts';

const lookEveryMs = 15_000;

/** How the relay is, as often as it matters to who looks at the page. */
export function useRelay() {
  return useReading('/admin/v1/relay', undefined, { everyMs: lookEveryMs, live: ['relay'], isApart: true });
}
