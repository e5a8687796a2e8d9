import type { Anomaly } from '../api/admin-api.ts';

/** Asks for those that wait, by their rule: whatever else is found, however much, pushes them off no page. */
export const waitingEmergencies = { acknowledged: false, rule: 'break-glass', limit: 1000 } as const;

/** The findings that are of sign-ins with emergency accounts, rather than of requests. Pure. */
export function emergencySignIns(findings: readonly Anomaly[]): readonly Anomaly[] {
  return findings.filter(({ rule, api }) => rule === 'break-glass' && api === null);
}
