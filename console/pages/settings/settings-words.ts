import type { Certificate } from '../../api/admin-api.ts';

/** How far a provider’s clock is from the relay’s. Pure. */
export function clockWords(differenceMs: number | null): string {
  if (differenceMs === null) return 'Not known: it sends no Date';
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (seconds < 2) return 'Agrees with the relay’s';
  return `${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} the relay’s`;
}

const stateWords = {
  ok: { text: 'good', tone: 'ok' },
  'ends-soon': { text: 'ends soon', tone: 'warning' },
  ended: { text: 'over', tone: 'bad' },
  'not-yet': { text: 'not yet good', tone: 'bad' },
} as const satisfies Readonly<Record<Certificate['state'], object>>;

/** How a certificate stands. Pure. */
export function certificateWords(state: Certificate['state']): (typeof stateWords)[Certificate['state']] {
  return stateWords[state];
}
