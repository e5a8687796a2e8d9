import type { Params } from '../../api/address.ts';

/** Filters of the audit beside person, API, decision and time; each can be taken over from a record. */
export const furtherFilters = [
  ['type', 'Kind'],
  ['method', 'Method'],
  ['path', 'Path'],
  ['rule', 'Rule'],
  ['code', 'Code'],
  ['status', 'Status'],
  ['session', 'Session'],
  ['device', 'Device'],
  ['address', 'Address'],
  ['group', 'Group'],
  ['grant', 'Grant'],
  ['request', 'Request'],
  ['relay', 'Relay'],
  ['until', 'Until'],
] as const satisfies readonly (readonly [string, string])[];
export type FurtherFilter = (typeof furtherFilters)[number][0];

const names = ['user', 'api', 'effect', 'since', ...furtherFilters.map(([name]) => name)] as const;

/** Periods to choose from; the first one is what is shown when none is chosen. */
export const periods = [
  ['7d', 'Last 7 days'],
  ['1h', 'Last hour'],
  ['1d', 'Last 24 hours'],
  ['30d', 'Last 30 days'],
  ['365d', 'Last year'],
  ['all', 'All there is'],
] as const;

/** What is asked of the audit, from the filters in the address. Pure. */
export function askedOf(search: URLSearchParams): Params {
  const params: Record<string, string> = {};
  for (const name of names) {
    const value = search.get(name)?.trim() ?? '';
    if (value !== '') params[name] = value;
  }
  const since = params['since'] ?? periods[0][0];
  if (since === 'all') delete params['since'];
  else params['since'] = since;
  return params;
}

/** Filters that are on and have no field of their own, to be shown and taken away. Pure. */
export function chipsOf(search: URLSearchParams): readonly { readonly name: FurtherFilter; readonly text: string }[] {
  return furtherFilters.flatMap(([name, title]) => {
    const value = search.get(name) ?? '';
    return value === '' ? [] : [{ name, text: `${title}: ${value}` }];
  });
}

/** Address that the browser saves as a file: all records that fit. Pure. */
export function exportHref(params: Params, format: 'jsonl' | 'ocsf'): string {
  const query = new URLSearchParams(
    Object.entries(params).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
  );
  query.set('format', format);
  return `/admin/v1/audit/export?${query.toString()}`;
}
