import type { Acts } from '../../api/admin-api.ts';

/** What can be locked, with what its name is called. */
export const lockKinds = [
  { value: 'person', label: 'A person', name: 'User name or subject' },
  { value: 'group', label: 'A group', name: 'Name of the group' },
  { value: 'device', label: 'A device', name: 'Id or name of the device' },
  { value: 'session', label: 'A session', name: 'Id of the session' },
  { value: 'api', label: 'An API', name: 'Id of the API' },
  { value: 'address', label: 'An address', name: 'Address or network, such as 192.0.2.0/24' },
  { value: 'everything', label: 'Everything', name: '' },
] as const;
export type LockKind = (typeof lockKinds)[number]['value'];

/** How long locks last, in words and milliseconds; null until somebody takes it away. */
export const lockSpans = [
  { id: '1', label: 'for an hour', ms: 3_600_000 },
  { id: '8', label: 'for 8 hours', ms: 8 * 3_600_000 },
  { id: '24', label: 'for a day', ms: 24 * 3_600_000 },
  { id: '168', label: 'for a week', ms: 168 * 3_600_000 },
  { id: 'open', label: 'until somebody takes the lock away', ms: null },
] as const;

/** When a lock of that span ends, as the admin API takes it. Pure. */
export function untilOf(span: string, nowMs: number): { readonly until?: string } {
  const ms = lockSpans.find(({ id }) => id === span)?.ms ?? null;
  return ms === null ? {} : { until: new Date(nowMs + ms).toISOString() };
}

/** What is to be locked, as the admin API takes it; null while its name is missing. Pure. */
export function lockTargetOf(kind: LockKind, name: string): Omit<Acts['/admin/v1/locks']['input'], 'reason'> | null {
  if (kind === 'everything') return { everything: true };
  const given = name.trim();
  return given === '' ? null : { [kind]: given };
}
