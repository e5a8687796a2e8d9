import { AccessError, toUserProblem } from '../../shared/errors.ts';
import type { SignInState, TunnelState } from '../../shared/snapshot.ts';
import { text } from '../../shared/messages/text.ts';

/**
 * The tunnel as it is shown and told: never open with a token that has ended, whatever its socket says, and down for
 * what the renewal fails of, because without a token it can't come back.
 */
export function shownTunnel(signIn: SignInState, tunnel: TunnelState, nowMs: number): TunnelState {
  if (signIn.status !== 'signed-in') return { status: 'closed' };
  const { expiresAtMs, renewalProblem } = signIn;
  if (nowMs < expiresAtMs || (renewalProblem === null && tunnel.status !== 'open')) return tunnel;
  // The network's absence says more than what couldn't be asked for because of it.
  if (tunnel.status === 'reconnecting' && tunnel.problem.code === 'no-network') return tunnel;
  const problem =
    renewalProblem ?? toUserProblem(new AccessError('renewal-failed', text('failure.ended-unrenewed')), expiresAtMs);
  const waiting = 'waiting' in tunnel ? { waiting: tunnel.waiting } : {};
  return {
    status: 'reconnecting',
    sinceMs: expiresAtMs,
    attempt: 0,
    nextAttemptAtMs: null,
    problem,
    ...waiting,
  };
}
