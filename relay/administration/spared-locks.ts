import type { Logger } from 'pino';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { Config } from '../config/config-schema.ts';
import { doOverlap, type Network, parseNetwork } from '../config/values/address-network.ts';
import { networkRangeProblem, readAddress } from '../config/values/network-range.ts';
import type { Lock } from '../sessions/lock.ts';
import type { RelayState } from '../vitals/relay-state.ts';
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

/** What a config spares of locks on addresses: always, or only where the lock is of a finding. */
export type SparedAddresses = RelayState['sparedAddresses'];

/** What a relay lets in, by its own config, whatever is locked. */
export function sparedByConfig({ relay, anomalies }: Pick<Config, 'relay' | 'anomalies'>): SparedAddresses {
  return { always: [...sparedAddresses(relay)], ofFindings: [...sparedByFindings(anomalies)] };
}

function sparedOf(lock: Pick<Lock, 'id'>, { always, ofFindings }: SparedAddresses): readonly string[] {
  return lock.id.startsWith(ofFinding) ? [...always, ...ofFindings] : always;
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
    const spared = sparedIn(read, sparedOf({ id }, sparedByConfig(config())));
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

/** Where a lock on an address doesn’t count for some, or all, who come from there. */
export interface SparedAt {
  /** Id of the relay. */
  readonly relay: string;
  /** What of the lock’s network its config spares, as it stands there. */
  readonly addresses: readonly string[];
}

/** A lock as it is listed. */
export interface ListedLock extends Lock {
  /** Empty for one that counts at all relays for everybody whom it is on. */
  readonly sparedAt: readonly SparedAt[];
}

/** How many of these locks a config spares, whole or in part. Pure. */
export function countSpared(locks: readonly Lock[], config: Pick<Config, 'relay' | 'anomalies'>): number {
  const here = { id: '', sparedAddresses: sparedByConfig(config) };
  return withSpared(locks, [here]).filter(({ sparedAt }) => sparedAt.length > 0).length;
}

/** Locks with where they are spared, as each of these relays has said; what of that can’t be read is skipped. Pure. */
export function withSpared(
  locks: readonly Lock[],
  relays: readonly Pick<RelayState, 'id' | 'sparedAddresses'>[],
): readonly ListedLock[] {
  const parsed = new Map<string, Network | null>();
  const networkOf = (text: string): Network | null => {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    // Another relay’s word, perhaps of another version.
    const network = networkRangeProblem(text) === undefined ? parseNetwork(text) : null;
    parsed.set(text, network);
    return network;
  };
  return locks.map((lock) => {
    const { target } = lock;
    if (target.type !== 'address') return { ...lock, sparedAt: [] };
    const network = networkOf(target.network);
    if (network === null) return { ...lock, sparedAt: [] };
    const sparedAt = relays.flatMap(({ id: relay, sparedAddresses: spared }) => {
      const addresses = [...new Set(sparedOf(lock, spared))].filter((one) => {
        const other = networkOf(one);
        return other !== null && doOverlap(network, other);
      });
      return addresses.length === 0 ? [] : [{ relay, addresses }];
    });
    return { ...lock, sparedAt };
  });
}
