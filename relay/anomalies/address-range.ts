import ipaddr from 'ipaddr.js';

const remembered = new Map<string, string>();
const maxRemembered = 10_000;

/**
 * The range that an address is taken to be of: the first 16 bits of IPv4, the first 32 of IPv6, as providers and offices
 * have them. What is no address is a range of its own. Pure.
 */
export function addressRange(address: string): string {
  let range = remembered.get(address);
  if (range === undefined) {
    range = rangeOf(address);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(address, range);
  }
  return range;
}

function rangeOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  const bytes = parsed.toByteArray();
  if (parsed.kind() === 'ipv4') return `${bytes[0]}.${bytes[1]}.0.0/16`;
  return `${ipaddr.fromByteArray([...bytes.slice(0, 4), ...Array.from({ length: 12 }, () => 0)]).toString()}/32`;
}
