import type { Logger } from 'pino';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { Config } from '../config/config-schema.ts';
import { readAddress } from '../config/values/network-range.ts';
import type { Lock } from '../sessions/lock.ts';
import { sparedAddresses, sparedIn } from './lock-target.ts';

const ofFinding = 'finding-';

/** The same lock for the same finding, however often it is made. */
export function findingLockId(finding: string): string {
  return `${ofFinding}${finding}`;
}

/** All machines of a link have these; of IPv6 they even share one /64 (RFC 4291 §2.5.6, RFC 3927). */
const linkLocal = ['fe80::/10', '169.254.0.0/16'] as const;

/** Addresses and networks that no finding locks, besides those that nobody does. */
export function sparedByFindings({ refused_sign_ins: refused }: AnomaliesConfig): readonly string[] {
  return [...linkLocal, ...(refused === 'off' ? [] : refused.never_lock)];
}

/** As many locks are remembered as told. */
const mostTold = 1000;

/**
 * Whether a caller is let in although a lock is on the network of their address, because this relay’s own config spares the address:
 * relays that share their locks may stand behind other proxies and have other offices, and the one that found something, or took an
 * administrator’s word, knows only its own. Others of the network stay locked. Told in the log, once for each lock.
 */
export function sparedLocks(
  config: () => Pick<Config, 'relay' | 'anomalies'>,
  log: Logger,
): (lock: Pick<Lock, 'id' | 'target'>, address: string) => boolean {
  const told = new Set<string>();
  return ({ id, target }, address) => {
    const read = readAddress(address)?.toString();
    if (target.type !== 'address' || read === undefined) return false;
    const { relay, anomalies } = config();
    const ours = [...sparedAddresses(relay), ...(id.startsWith(ofFinding) ? sparedByFindings(anomalies) : [])];
    const spared = sparedIn(read, ours);
    if (spared === undefined) return false;
    if (!told.has(id)) {
      if (told.size >= mostTold) told.clear();
      told.add(id);
      log.warn(
        { lock: id, network: target.network, spared },
        'a lock on an address doesn’t count where the config spares it',
      );
    }
    return true;
  };
}
