import ipaddr from 'ipaddr.js';
import { type IpAddress, networkRangeProblem, readAddress } from './network-range.ts';

/** Whom an address counts as: of IPv6 the network, of which a customer has all addresses (RFC 6177 §2). Pure. */
export function networkOf(address: string): string {
  const read = readAddress(address);
  if (read === null) return address;
  if (read.kind() === 'ipv4') return read.toString();
  const bits = customerBitsOf(read);
  return `${read
    .toByteArray()
    .slice(0, bits / 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}/${bits}`;
}

/** A network by its first bytes: bits behind `bits` are 0. */
export interface Network {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** With fewer bits it is a good part of the internet, and hardly what was meant. */
const fewestBits = { ipv4: 8, ipv6: 16 } as const;
/** Where each address is one of IPv4 behind a translator, of somebody else than the next (RFC 6052 §2.1, RFC 8215). */
const translated = ['64:ff9b::/96', '64:ff9b:1::/48'].map((text) => parseNetwork(text));

/** How much of an IPv6 address one customer has at least (RFC 6177 §2). */
function customerBitsOf(address: IpAddress): 64 | 128 {
  const alone = { bytes: address.toByteArray(), bits: 128 };
  return translated.some((network) => doOverlap(network, alone)) ? 128 : 64;
}

/**
 * Reads an address or a network (CIDR) that callers are to be told by. An IPv6 address alone is its /64, but behind a translator
 * of IPv4; whoever means one address writes /128. Answers it as it is written, or in words what is wrong with it. Pure.
 */
export function readCallerNetwork(text: string): { readonly network: string } | { readonly why: string } {
  // A zone means something on one machine only (RFC 4007 §6).
  const problem = text.includes('%') ? 'must be an address without a zone' : networkRangeProblem(text);
  if (problem !== undefined) return { why: problem };
  const [name = '', given] = text.split('/');
  const address = ipaddr.process(name);
  if (address.kind() === 'ipv4' && name.includes(':') && given !== undefined)
    return { why: 'must be written as IPv4, without “::ffff:”' };
  const bits = given === undefined ? null : Number(given);
  const fewest = fewestBits[address.kind()];
  if (bits !== null && bits < fewest) return { why: `is too large a network: at least /${fewest}` };
  if (address.kind() === 'ipv4')
    return { network: bits === null || bits === 32 ? address.toString() : `${address.toString()}/${bits}` };
  const meant = bits ?? customerBitsOf(address);
  return { network: `${firstOf(address, meant).toString()}/${meant}` };
}

/** The network of what {@link readCallerNetwork} has written, or of an address or range of the config. */
export function parseNetwork(text: string): Network {
  const [name = '', given] = text.split('/');
  const address = given === undefined ? ipaddr.process(name) : ipaddr.parse(name);
  const bytes = address.toByteArray();
  const bits = given === undefined ? bytes.length * 8 : Number(given);
  return { bytes: maskedBytes(bytes, bits), bits };
}

/** Whether two networks have an address in common. */
export function doOverlap(one: Network, other: Network): boolean {
  if (one.bytes.length !== other.bytes.length) return false;
  const bits = Math.min(one.bits, other.bits);
  for (let index = 0; index * 8 < bits; index += 1) {
    const mask = 0xff << Math.max(0, 8 - (bits - index * 8));
    if ((((one.bytes[index] ?? 0) ^ (other.bytes[index] ?? 0)) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** The first bits of an address, the rest 0. */
export function maskedBytes(bytes: readonly number[], bits: number): readonly number[] {
  return bytes.map((byte, index) => {
    const left = bits - index * 8;
    if (left >= 8) return byte;
    return left <= 0 ? 0 : byte & (0xff << (8 - left)) & 0xff;
  });
}

function firstOf(address: IpAddress, bits: number): IpAddress {
  return ipaddr.fromByteArray([...maskedBytes(address.toByteArray(), bits)]);
}
