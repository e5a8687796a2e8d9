import type { Finding } from '../anomalies/finding.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { Lock } from '../sessions/lock.ts';
import { addLock } from './locks.ts';
import type { StatePlace } from './state-place.ts';

/** How long somebody is locked because of a finding, minutes; null when its rule doesn’t lock, or nobody was signed in. */
export function lockMinutesOf(
  settings: AnomaliesConfig,
  { rule, person, api }: Pick<Finding, 'rule' | 'person' | 'api'>,
): number | null {
  if (person === null || rule === 'refused-sign-ins') return null;
  // A sign-in by an account of the relay’s own is meant to be looked at, not undone.
  if (rule === 'break-glass' && api === null) return null;
  const thresholds =
    settings[rule.replaceAll('-', '_') as Exclude<keyof AnomaliesConfig, 'quiet_minutes' | 'known_days'>];
  if (thresholds === 'off' || !('lock_minutes' in thresholds)) return null;
  return thresholds.lock_minutes ?? null;
}

/**
 * Locks the person of a finding, when its rule says so. The person is told that something out of the ordinary was found, not
 * what: that is in the audit. Called again with the same finding, it locks once.
 * @param foundAtMs the lock's length counts from here
 * @throws AccessError `shared-state-unavailable`
 */
export async function lockFinding(
  place: StatePlace,
  settings: AnomaliesConfig,
  finding: Finding,
  foundAtMs: number,
): Promise<Lock | null> {
  const minutes = lockMinutesOf(settings, finding);
  if (minutes === null || finding.person === null) return null;
  const { issuer, subject } = finding.person;
  const reason = `Something out of the ordinary was found (${finding.rule}). Ask those who run the relay.`;
  const by = {
    id: `finding-${finding.id}`,
    author: `the rule ${finding.rule}`,
    reason,
    untilMs: foundAtMs + minutes * 60_000,
  };
  const { lock } = await addLock(place, { type: 'person', who: subject, issuer }, by, foundAtMs);
  return lock;
}
