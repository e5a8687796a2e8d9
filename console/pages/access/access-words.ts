import type { AccessRequest, Grant } from '../../api/admin-api.ts';

/** What is granted, in words. Pure. */
export function grantedWords({ role, api }: Pick<AccessRequest, 'role' | 'api'>): string {
  return `${role} at ${api ?? 'all APIs'}`;
}

const statusWords: Readonly<Record<AccessRequest['status'], string>> = {
  pending: 'waits',
  approved: 'in force',
  refused: 'refused',
  cancelled: 'taken back',
  revoked: 'ended early',
  expired: 'over',
};

/** How a request or grant stands. Pure. */
export function statusWord({ status }: Pick<AccessRequest, 'status'>): string {
  return statusWords[status];
}

/** What was made of a grant. Pure. */
export function useWords({ requests }: Pick<Grant, 'requests'>): string {
  if (requests === 0) return 'never used';
  return `${requests.toLocaleString('en')} ${requests === 1 ? 'request' : 'requests'}`;
}

/** For how long, in words. Pure. */
export function hoursWords({ hours }: Pick<AccessRequest, 'hours'>): string {
  return `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
}
