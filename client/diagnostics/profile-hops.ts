import type { ActivityEntry } from '../../shared/activity.ts';
import { AccessError, type UserProblem } from '../../shared/errors.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';

/** Carries a problem that is already in words. */
export class FoundProblem extends Error {
  readonly problem: UserProblem;

  constructor(problem: UserProblem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** What is to be said of the sign-in. @throws AccessError or FoundProblem */
export function tokenWords(profile: ProfileSnapshot | undefined): string {
  const signIn = profile?.signIn;
  if (signIn?.status === 'expired') throw new FoundProblem(signIn.problem);
  if (signIn?.status === 'signed-out' && signIn.problem) throw new FoundProblem(signIn.problem);
  if (signIn?.status !== 'signed-in') {
    throw new AccessError('not-signed-in', 'There is no sign-in for this relay here. Run: causeway login <relay>');
  }
  if (signIn.renewalProblem) throw new FoundProblem(signIn.renewalProblem);
  if (profile?.catalog.status === 'failed') throw new FoundProblem(profile.catalog.problem);
  if (profile?.catalog.status !== 'ready') return 'signed in';
  const { person, apis } = profile.catalog.catalog;
  const open = apis.filter((entry) => entry.access === 'open').length;
  return `signed in as ${person.name}; ${open} of ${apis.length} APIs are open`;
}

/** What is to be said of the tunnel. @throws AccessError or FoundProblem */
export function tunnelWords(profile: ProfileSnapshot | undefined): string {
  const tunnel = profile?.tunnel;
  if (tunnel?.status === 'reconnecting') throw new FoundProblem(tunnel.problem);
  if (tunnel?.status !== 'open') throw new AccessError('tunnel-down', 'The tunnel doesn’t open within 10 seconds.');
  return tunnel.roundTripMs === null ? 'open' : `open, ${Math.round(tunnel.roundTripMs)} ms there and back`;
}

const gatewayStatuses = new Set([502, 503, 504]);

/**
 * What the person's own requests tell of the APIs behind the relay: each one's last answer counts.
 * @throws AccessError `upstream-unreachable` when one's was that it can't be reached
 */
export function upstreamWords(entries: readonly ActivityEntry[]): string {
  const last = new Map(
    entries
      .filter(({ decision, status }) => decision === 'allow' && status !== null)
      .map((entry) => [entry.api, entry] as const),
  );
  if (last.size === 0) return 'no request was made yet';
  const failing = [...last.values()].find(({ status }) => status !== null && gatewayStatuses.has(status));
  if (failing !== undefined) {
    throw new AccessError('upstream-unreachable', `${failing.api} answered the last request with ${failing.status}.`, {
      requestId: failing.requestId,
    });
  }
  return `${[...last.keys()].join(', ')} answered the last request`;
}
