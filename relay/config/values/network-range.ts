import ipaddr from 'ipaddr.js';

/** An address or a range of addresses. */
export interface NetworkRange {
  readonly source: string;
  /** An IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
  includes(address: IpAddress): boolean;
}

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Says why text can't be used as an address or range (CIDR, RFC 4632 §3.1), or returns undefined when it can. */
export function networkRangeProblem(source: string): string | undefined {
  const [address = '', bits] = source.split('/');
  if (!isAddress(address)) return 'must be an IP address or a range like “10.0.0.0/8” or “2001:db8::/32”';
  if (bits === undefined) return undefined;
  const parsed = ipaddr.parse(address);
  const most = parsed.kind() === 'ipv4' ? 32 : 128;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return `must have between 0 and ${most} bits after the “/”`;
  const start = (parsed.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(source);
  if (start.toNormalizedString() !== parsed.toNormalizedString()) {
    return `has address bits behind its range. Write “${start.toString()}/${bits}”`;
  }
  return undefined;
}

/** Compiles a range that `networkRangeProblem` accepts. */
export function compileNetworkRange(source: string): NetworkRange {
  const [start, bits] = source.includes('/') ? ipaddr.parseCIDR(source) : withAllBits(ipaddr.parse(source));
  return {
    source,
    includes: (address) =>
      address.kind() === start.kind() && (address as ipaddr.IPv4).match(start as ipaddr.IPv4, bits),
  };
}

/** An address as a socket gives it, without its zone; null when it can't be read. */
export function readAddress(text: string): IpAddress | null {
  if (text === knownText) return known;
  const plain = text.replace(/%.*$/, '');
  known = isAddress(plain) ? ipaddr.process(plain) : null;
  knownText = text;
  return known;
}

// Requests of one tunnel come in runs.
let knownText = '';
let known: IpAddress | null = null;

/** The short IPv4 forms that some systems accept (`10.1`, `0x7f.1`) are no addresses here. */
function isAddress(text: string): boolean {
  return text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
}

function withAllBits(address: IpAddress): [IpAddress, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
