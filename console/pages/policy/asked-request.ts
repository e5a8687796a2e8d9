import type { Acts } from '../../api/admin-api.ts';

/** A request to explain, as its form and its address have it. */
export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  readonly groups: string;
  readonly as: string;
  readonly address: string;
  readonly at: string;
}

export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Reads it from the query of the page’s address. Pure. */
export function askedIn(search: URLSearchParams): AskedRequest {
  const of = (name: string): string => search.get(name)?.trim() ?? '';
  return {
    method: of('method') || 'GET',
    url: of('url'),
    groups: of('groups'),
    as: of('as'),
    address: of('address'),
    at: of('at'),
  };
}

/** What the admin API is asked; null while there is no address to ask about. Pure. */
export function explainInput(asked: AskedRequest): Acts['/admin/v1/policy/explain']['input'] | null {
  const { method, url, groups, as, address, at } = asked;
  if (url === '') return null;
  const names = groups.split(',').map((group) => group.trim());
  return {
    method,
    url,
    groups: names.filter((group) => group !== ''),
    ...(as === '' ? {} : { as }),
    ...(address === '' ? {} : { address }),
    ...(at === '' ? {} : { at }),
  };
}
