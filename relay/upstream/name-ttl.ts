import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** Tells for how many seconds a name's addresses are good; null when that isn't known. */
export type TtlOf = (hostname: string, addresses: readonly LookupAddress[]) => Promise<number | null>;

const timeoutMs = 2000;

/**
 * Asks the system's name servers for the TTL of addresses that the system has found (RFC 1035 §3.2.1, of the whole chain
 * of CNAMEs). What they don't say of one of these addresses, as with names from /etc/hosts, isn't known.
 * @param servers `address:port`; those of the system when left out
 */
export function createTtlReader(servers?: readonly string[]): TtlOf {
  return async (hostname, addresses) => {
    if (/(?:^|\.)localhost\.?$/i.test(hostname)) return null;
    // Anew each time: the system's name servers may be others by now.
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const wanted = new Set(addresses.map(({ address }) => address));
    const families = new Set(addresses.map(({ family }) => family));
    const answers = await Promise.allSettled([
      ...(families.has(4) ? [resolver.resolve4(hostname, { ttl: true })] : []),
      ...(families.has(6) ? [resolver.resolve6(hostname, { ttl: true })] : []),
    ]);
    const ttls = answers
      .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      .filter(({ address }) => wanted.has(address))
      .map(({ ttl }) => ttl);
    return ttls.length === 0 ? null : Math.min(...ttls);
  };
}
