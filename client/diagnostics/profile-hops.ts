import type { ActivityEntry } from '../../shared/activity.ts';
import { AccessError, type UserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
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
  if (profile === undefined)
    throw new AccessError('not-signed-in', text('failure.no-sign-in-here', { command: 'causeway login <relay>' }));
  if (signIn?.status !== 'signed-in')
    throw new AccessError('not-signed-in', text('failure.not-signed-in', { relay: profile.relayName }));
  if (signIn.renewalProblem) throw new FoundProblem(signIn.renewalProblem);
  if (profile.catalog.status === 'failed') throw new FoundProblem(profile.catalog.problem);
  if (profile.catalog.status !== 'ready') return text('hop.token.signed-in');
  const { person, apis } = profile.catalog.catalog;
  const open = apis.filter((entry) => entry.access === 'open').length;
  return text('hop.token.person', { name: person.name, open, all: apis.length });
}

/** How long sign-in and tunnel are waited for. */
const settleSeconds = 10;

/** What is to be said of the tunnel. @throws AccessError or FoundProblem */
export function tunnelWords(profile: ProfileSnapshot | undefined): string {
  const tunnel = profile?.tunnel;
  if (tunnel?.status === 'reconnecting') throw new FoundProblem(tunnel.problem);
  if (tunnel?.status !== 'open')
    throw new AccessError('tunnel-down', text('hop.tunnel.late', { seconds: settleSeconds }));
  return tunnel.roundTripMs === null
    ? text('hop.tunnel.open')
    : text('hop.tunnel.round-trip', { ms: Math.round(tunnel.roundTripMs) });
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
  if (last.size === 0) return text('hop.upstream.none');
  const failing = [...last.values()].find(({ status }) => status !== null && gatewayStatuses.has(status));
  if (failing !== undefined) {
    throw new AccessError(
      'upstream-unreachable',
      text('hop.upstream.failing', { api: failing.api, status: String(failing.status) }),
      {
        requestId: failing.requestId,
      },
    );
  }
  return text('hop.upstream.answered', { apis: [...last.keys()].join(', ') });
}
