import type { Finding } from '../anomalies/finding.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import { readCallerNetwork } from '../config/values/address-network.ts';
import type { Lock, LockTarget } from '../sessions/lock.ts';
import { sparedIn } from './lock-target.ts';
import { addLock } from './locks.ts';
import { findingLockId, sparedByFindings } from './spared-locks.ts';
import type { StatePlace } from './state-place.ts';

/** How long a finding locks its person or, of refused sign-ins, its address, minutes; null when its rule doesn’t lock. */
export function lockMinutesOf(
  settings: AnomaliesConfig,
  { rule, person, api }: Pick<Finding, 'rule' | 'person' | 'api'>,
): number | null {
  if (person === null && rule !== 'refused-sign-ins') return null;
  // A sign-in by an account of the relay’s own is meant to be looked at, not undone.
  if (rule === 'break-glass' && api === null) return null;
  const thresholds =
    settings[rule.replaceAll('-', '_') as Exclude<keyof AnomaliesConfig, 'quiet_minutes' | 'known_days'>];
  if (thresholds === 'off' || !('lock_minutes' in thresholds)) return null;
  return thresholds.lock_minutes ?? null;
}

/**
 * Locks the person of a finding or, of refused sign-ins, the address, when its rule says so. Whoever is locked is told that
 * something out of the ordinary was found, not what: that is in the audit. Called again with the same finding, it locks once.
 * @param spared addresses and networks that no finding locks
 * @param foundAtMs the lock's length counts from here
 * @throws AccessError `shared-state-unavailable`
 */
export async function lockFinding(
  place: StatePlace,
  settings: AnomaliesConfig,
  finding: Finding,
  foundAtMs: number,
  spared: readonly string[],
): Promise<Lock | null> {
  const minutes = lockMinutesOf(settings, finding);
  const target = minutes === null ? null : targetOf(settings, finding, spared);
  if (minutes === null || target === null) return null;
  const reason = `Something out of the ordinary was found (${finding.rule}). Ask those who run the relay.`;
  const by = {
    id: findingLockId(finding.id),
    author: `the rule ${finding.rule}`,
    reason,
    untilMs: foundAtMs + minutes * 60_000,
  };
  const { lock } = await addLock(place, target, by, foundAtMs);
  return lock;
}

/** Null for an address through which others come, or that can’t be read. */
function targetOf(
  settings: AnomaliesConfig,
  { person, remoteAddress }: Finding,
  spared: readonly string[],
): LockTarget | null {
  if (person !== null) return { type: 'person', who: person.subject, issuer: person.issuer };
  const read = readCallerNetwork(remoteAddress.replace(/%.*$/, ''));
  if ('why' in read || sparedIn(read.network, [...spared, ...sparedByFindings(settings)]) !== undefined) return null;
  return { type: 'address', network: read.network };
}
