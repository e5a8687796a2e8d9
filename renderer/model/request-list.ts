import type { ShownRequest, ShownRequests } from '../../shared/access-request.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';

/** The requests of others, as somebody who decides looks at them. */
export interface RequestsToDecide {
  readonly waiting: readonly ShownRequest[];
  /** Their grants go on; those that end first come first. */
  readonly granted: readonly ShownRequest[];
  readonly over: readonly ShownRequest[];
}

const mostOver = 20;

/** Sorts the requests of others: the oldest that waits comes first. Pure. */
export function requestsToDecide(requests: readonly ShownRequest[]): RequestsToDecide {
  const others = requests.filter(({ mine }) => !mine);
  return {
    waiting: others
      .filter(({ decidable }) => decidable)
      .toSorted((one, other) => one.requestedAtMs - other.requestedAtMs),
    granted: others
      .filter(({ endable }) => endable)
      .toSorted((one, other) => (one.expiresAtMs ?? 0) - (other.expiresAtMs ?? 0)),
    over: others.filter(({ decidable, endable }) => !decidable && !endable).slice(0, mostOver),
  };
}

/** How many requests wait for the person’s word. */
export function waitingCount({ requests }: Pick<ProfileSnapshot, 'requests'>): number {
  return requests?.requests.filter(({ decidable }) => decidable).length ?? 0;
}

/** The person’s own requests at an API, or with null at all, that wait, go on, or are news; of those for one role the newest. Pure. */
export function ownRequestsAt(
  requests: ShownRequests | undefined,
  api: string | null,
  nowMs: number,
): readonly ShownRequest[] {
  const here = ownRequests(requests, nowMs).filter((request) => request.api === api);
  return here.filter((request, index) => {
    const newer = here.slice(0, index).some(({ role }) => role === request.role);
    // What goes on is shown beside a newer wish for more.
    return !newer || request.status === 'approved';
  });
}

/** The person’s own requests that wait, go on, or are news. */
export function ownRequests(requests: ShownRequests | undefined, nowMs: number): readonly ShownRequest[] {
  return requests?.requests.filter((request) => request.mine && (isOpen(request) || isNews(request, nowMs))) ?? [];
}

/** What was refused or has ended is news for a week. */
const newsMs = 7 * 86_400_000;

function isOpen({ status }: ShownRequest): boolean {
  return status === 'pending' || status === 'approved';
}

function isNews({ status, requestedAtMs, decidedAtMs, expiresAtMs }: ShownRequest, nowMs: number): boolean {
  if (status === 'cancelled') return false;
  return nowMs - (expiresAtMs ?? decidedAtMs ?? requestedAtMs) < newsMs;
}

/** Times that an approver can choose from, in hours, longest first; what was asked for is the first. Pure. */
export function hoursToChoose(asked: number): readonly number[] {
  const usual = [168, 72, 24, 8, 4, 2, 1, 0.5, 0.25];
  return [asked, ...usual.filter((hours) => hours < asked)];
}
