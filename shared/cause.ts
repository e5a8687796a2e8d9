import type { ErrorCode, UserProblem } from './errors.ts';
import type { ProfileSnapshot, SignInState, TunnelState } from './snapshot.ts';

/** Who has to do something before requests pass again. */
export type Awaited =
  | 'sign-in'
  | 'sign-in-service'
  | 'network'
  | 'proxy'
  /** The network's own page, where the person signs in to it. */
  | 'network-page'
  | 'certificate'
  | 'clock'
  | 'update'
  | 'unlocking'
  | 'audit'
  | 'shared-state'
  | 'relay';

/** A failure, or one of the states in which nothing has failed and requests wait all the same. */
export type CauseCode = ErrorCode | 'signed-out' | 'signing-in' | 'connecting';

/**
 * Why requests of a profile don't pass now. Row, page, banner, tray, notification and the answers to local programs are
 * all made of this one value; `causeText` has its words.
 */
export interface Cause {
  readonly code: CauseCode;
  readonly awaits: Awaited;
  /** The relay as people know it. */
  readonly relayName: string;
  /** What happened in this case; null when nothing failed. */
  readonly detail: string | null;
  /** When it began, milliseconds since the epoch; null where that plays no part. */
  readonly sinceMs: number | null;
  /** When the app tries again by itself, milliseconds since the epoch; null when it doesn't. */
  readonly nextAttemptAtMs: number | null;
  /** Local connections that wait for it. */
  readonly waiting: number;
}

/** Whether requests pass again without anybody who sits here. */
export function passesByItself({ awaits }: Cause): boolean {
  return ['sign-in-service', 'network', 'audit', 'shared-state', 'relay'].includes(awaits);
}

/** What is looked at for the cause. */
export type CauseFacts = Pick<ProfileSnapshot, 'signIn' | 'tunnel' | 'relayName'>;

/** Who is waited for when the tunnel or a renewal fails with a code; all others are the relay's. */
const awaitedFor: Partial<Record<ErrorCode, Awaited>> = {
  'no-network': 'network',
  'proxy-sign-in': 'proxy',
  'proxy-failed': 'proxy',
  'network-sign-in': 'network-page',
  'relay-untrusted-certificate': 'certificate',
  'clock-skew': 'clock',
  'client-too-old': 'update',
  locked: 'unlocking',
  'audit-unavailable': 'audit',
  'shared-state-unavailable': 'shared-state',
  'counters-unavailable': 'shared-state',
  'idp-unreachable': 'sign-in-service',
  'idp-misconfigured': 'sign-in-service',
  'issuer-mismatch': 'sign-in-service',
  'renewal-failed': 'sign-in-service',
  'token-rejected': 'sign-in',
  'sign-in-expired': 'sign-in',
  'session-revoked': 'sign-in',
  'no-groups': 'sign-in',
  'not-signed-in': 'sign-in',
};

/** The one cause, or null while requests pass. */
export function causeOf({ signIn, tunnel, relayName }: CauseFacts): Cause | null {
  const base = { relayName, detail: null, sinceMs: null, nextAttemptAtMs: null, waiting: 0 };
  switch (signIn.status) {
    case 'signed-out':
      return { ...base, code: 'signed-out', awaits: 'sign-in' };
    case 'choosing-issuer':
    case 'contacting':
    case 'waiting-for-browser':
    case 'finishing':
      return { ...base, code: 'signing-in', awaits: 'sign-in' };
    case 'expired': {
      const { code, detail, atMs } = signIn.problem;
      return { ...base, code, awaits: 'sign-in', detail, sinceMs: atMs };
    }
    case 'signed-in':
      return tunnelCause(signIn, tunnel, base);
  }
}

function tunnelCause(
  signIn: Extract<SignInState, { status: 'signed-in' }>,
  tunnel: TunnelState,
  base: Omit<Cause, 'code' | 'awaits'>,
): Cause | null {
  switch (tunnel.status) {
    case 'open':
      return null;
    case 'closed':
    case 'connecting': {
      const waiting = tunnel.status === 'connecting' ? (tunnel.waiting ?? 0) : 0;
      return { ...base, code: 'connecting', awaits: 'relay', waiting };
    }
    case 'reconnecting': {
      const { problem, sinceMs, nextAttemptAtMs, waiting = 0 } = tunnel;
      return { ...base, ...failure(problem, signIn), sinceMs, nextAttemptAtMs, waiting };
    }
  }
}

/** A renewal that fails is told by what it failed of: nobody is helped by “it can’t be renewed”. */
function failure(
  { code, detail }: UserProblem,
  { renewalCause }: { readonly renewalCause?: ErrorCode },
): Pick<Cause, 'code' | 'awaits' | 'detail'> {
  const told = code === 'renewal-failed' && renewalCause !== undefined ? renewalCause : code;
  return { code: told, awaits: awaitedFor[told] ?? 'relay', detail };
}
