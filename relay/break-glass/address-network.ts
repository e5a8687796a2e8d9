import { readAddress } from '../config/values/network-range.ts';

/** Whom an address counts as: of IPv6 the network, of which a customer has all addresses (RFC 6177 §2). Pure. */
export function networkOf(address: string): string {
  const read = readAddress(address);
  if (read === null) return address;
  if (read.kind() === 'ipv4') return read.toString();
  return `${read
    .toByteArray()
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}/64`;
}
