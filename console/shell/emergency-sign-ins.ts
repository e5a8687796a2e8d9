import type { Anomaly } from '../api/admin-api.ts';

/** The findings that are of sign-ins with emergency accounts, rather than of requests. Pure. */
export function emergencySignIns(findings: readonly Anomaly[]): readonly Anomaly[] {
  return findings.filter(({ rule, api }) => rule === 'break-glass' && api === null);
}
