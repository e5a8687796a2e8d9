import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isLoopbackHost } from '../../shared/loopback-host.ts';

/** Where this computer is in the network: its addresses, and one string that is another whenever any of it changes. */
export interface NetworkPlace {
  readonly addresses: ReadonlySet<string>;
  readonly fingerprint: string;
}

/** Whether no address leads out of this computer: only its own and those that every interface gives itself (RFC 3927). */
export function isOffline({ addresses }: Pick<NetworkPlace, 'addresses'>): boolean {
  return [...addresses].every((address) => isLoopbackHost(address) || /^(?:169\.254\.|fe[89ab])/i.test(address));
}

/** Looks at the interfaces that are up, and on Linux at the IPv4 routes; takes well under a millisecond. */
export function describeNetwork(): NetworkPlace {
  const addresses = new Set<string>();
  const lines: string[] = [];
  for (const [name, found = []] of Object.entries(networkInterfaces())) {
    for (const { address, cidr, mac } of found) {
      addresses.add(address);
      lines.push(`${name} ${cidr ?? address} ${mac}`);
    }
  }
  return { addresses, fingerprint: [...lines.toSorted(), ...routes()].join('\n') };
}

/** Interface, destination, gateway and mask of each route; counters and the like left out. */
function routes(): string[] {
  if (process.platform !== 'linux') return [];
  try {
    const [, ...rows] = readFileSync('/proc/net/route', 'utf8').split('\n');
    return rows.map((row) => row.split('\t')).map((cells) => [0, 1, 2, 7].map((index) => cells[index]).join(' '));
  } catch {
    // A sandbox that hides it: the addresses have to do.
    return [];
  }
}
