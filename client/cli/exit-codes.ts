import type { ErrorCode } from '../../shared/errors.ts';

/** Exit codes of the CLI; documented in docs/cli.md. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  signIn: 3,
  unreachable: 4,
  noAccess: 5,
  portTaken: 6,
} as const;

const byCode: Partial<Record<ErrorCode, number>> = {
  'bad-input': exitCodes.usage,
  'bad-config': exitCodes.usage,
  'unknown-api': exitCodes.usage,
  managed: exitCodes.usage,
  'sign-in-denied': exitCodes.signIn,
  'sign-in-cancelled': exitCodes.signIn,
  'sign-in-timed-out': exitCodes.signIn,
  'sign-in-state-mismatch': exitCodes.signIn,
  'sign-in-failed': exitCodes.signIn,
  'sign-in-expired': exitCodes.signIn,
  'not-signed-in': exitCodes.signIn,
  'token-rejected': exitCodes.signIn,
  'session-revoked': exitCodes.signIn,
  'sign-in-closed': exitCodes.signIn,
  'issuer-mismatch': exitCodes.signIn,
  'redirect-mismatch': exitCodes.signIn,
  'idp-misconfigured': exitCodes.signIn,
  'relay-unreachable': exitCodes.unreachable,
  'no-network': exitCodes.unreachable,
  'proxy-sign-in': exitCodes.unreachable,
  'network-sign-in': exitCodes.unreachable,
  'proxy-failed': exitCodes.unreachable,
  'relay-untrusted-certificate': exitCodes.unreachable,
  'relay-not-causeway': exitCodes.unreachable,
  'relay-not-ready': exitCodes.unreachable,
  'idp-unreachable': exitCodes.unreachable,
  'tunnel-down': exitCodes.unreachable,
  'renewal-failed': exitCodes.unreachable,
  'clock-skew': exitCodes.unreachable,
  'policy-denied': exitCodes.noAccess,
  locked: exitCodes.noAccess,
  'no-access': exitCodes.noAccess,
  'no-groups': exitCodes.noAccess,
  'port-taken': exitCodes.portTaken,
};

/** The exit code that tells a script what kind of failure it was. */
export function exitCodeOf(code: ErrorCode): number {
  return byCode[code] ?? exitCodes.failed;
}
