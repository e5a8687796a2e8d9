import type { ErrorCode } from './errors.ts';

/** What the one button beside a failure does; its words are `problem-action.…`. */
export type ProblemAction =
  /** Does once more what has failed. */
  | 'try-again'
  /** Asks for the relay at once. */
  | 'try-now'
  | 'sign-in'
  | 'open-network-page'
  /** Puts what happened, with code, request and time, into the clipboard. */
  | 'copy-for-it'
  | 'show-apis'
  | 'show-activity'
  | 'show-access'
  | 'show-requests'
  | 'show-settings'
  /** Looks at each step between here and the APIs. */
  | 'diagnose';

/** The one thing that helps, by what failed; where only IT or an API's owners can help, what to send them. */
export const problemActions: Readonly<Record<ErrorCode, ProblemAction>> = {
  'relay-unreachable': 'try-now',
  'no-network': 'diagnose',
  'proxy-sign-in': 'diagnose',
  'proxy-failed': 'diagnose',
  'network-sign-in': 'open-network-page',
  'relay-untrusted-certificate': 'copy-for-it',
  'relay-not-causeway': 'copy-for-it',
  'relay-not-ready': 'try-now',
  'relay-draining': 'diagnose',
  'relay-refused': 'copy-for-it',
  'client-too-old': 'copy-for-it',
  'idp-unreachable': 'sign-in',
  'idp-misconfigured': 'copy-for-it',
  'issuer-mismatch': 'copy-for-it',
  'redirect-mismatch': 'copy-for-it',
  'sign-in-denied': 'sign-in',
  'sign-in-cancelled': 'sign-in',
  'sign-in-timed-out': 'sign-in',
  'sign-in-state-mismatch': 'sign-in',
  'sign-in-failed': 'sign-in',
  'sign-in-expired': 'sign-in',
  'not-signed-in': 'sign-in',
  'renewal-failed': 'sign-in',
  'clock-skew': 'try-now',
  'token-rejected': 'sign-in',
  'no-groups': 'copy-for-it',
  'no-access': 'copy-for-it',
  'unknown-api': 'show-apis',
  'not-connected': 'show-apis',
  'policy-denied': 'show-access',
  'already-decided': 'show-requests',
  locked: 'show-access',
  'step-up-required': 'sign-in',
  'rate-limited': 'show-apis',
  'quota-used-up': 'show-apis',
  'counters-unavailable': 'try-again',
  'shared-state-unavailable': 'try-again',
  'port-taken': 'show-settings',
  'host-not-allowed': 'show-apis',
  'origin-not-allowed': 'copy-for-it',
  'access-key-needed': 'show-apis',
  'connection-auth-refused': 'copy-for-it',
  'bad-request': 'copy-for-it',
  'path-not-canonical': 'copy-for-it',
  'method-not-supported': 'copy-for-it',
  'headers-too-large': 'copy-for-it',
  'body-too-large': 'copy-for-it',
  'upstream-unreachable': 'copy-for-it',
  'upstream-timeout': 'try-again',
  'upstream-protocol': 'copy-for-it',
  'audit-unavailable': 'copy-for-it',
  'too-many-open-files': 'show-apis',
  overloaded: 'try-again',
  'key-in-use': 'try-again',
  'key-reused': 'copy-for-it',
  'changed-meanwhile': 'try-again',
  'outcome-unknown': 'show-activity',
  'tunnel-down': 'try-now',
  'session-revoked': 'sign-in',
  'sign-in-closed': 'sign-in',
  'sign-in-left': 'copy-for-it',
  'not-revoked': 'copy-for-it',
  'bad-config': 'copy-for-it',
  managed: 'copy-for-it',
  'bad-input': 'copy-for-it',
  internal: 'try-again',
};

/** What a button can do where the failure is shown. */
export interface ActionPlace {
  /** What failed can be done once more from here. */
  readonly canRetry: boolean;
  /** How the relay in front stands; null when there is none. */
  readonly relay: 'signed-in' | 'not-signed-in' | null;
  /** Each step is being looked at already. */
  readonly isDiagnosing: boolean;
}

/** The button for a failure at a place: never one that can do nothing there. */
export function actionAt(code: ErrorCode, { canRetry, relay, isDiagnosing }: ActionPlace): ProblemAction {
  const wanted = problemActions[code];
  switch (wanted) {
    case 'copy-for-it':
      return wanted;
    case 'try-again':
    case 'try-now':
      if (canRetry) return 'try-again';
      return relay === 'signed-in' ? 'try-now' : relay === null ? 'copy-for-it' : 'sign-in';
    case 'sign-in':
    case 'open-network-page':
      return relay === null ? 'copy-for-it' : wanted;
    case 'show-apis':
    case 'show-activity':
    case 'show-access':
    case 'show-requests':
    case 'show-settings':
      return relay === 'signed-in' ? wanted : 'copy-for-it';
    case 'diagnose':
      return isDiagnosing || relay === null ? 'copy-for-it' : wanted;
  }
}
