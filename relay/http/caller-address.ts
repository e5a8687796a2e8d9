import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/config-schema.ts';
import { compileNetworkRange, type IpAddress, readAddress } from '../config/values/network-range.ts';

/** The proxies whose word on the caller’s address counts, ready for use. */
export interface TrustedProxies {
  readonly addressFrom: NonNullable<Config['relay']['trusted_proxies']>['address_from'];
  includes(address: IpAddress): boolean;
}

const known = new WeakMap<IncomingMessage, string>();

/** Compiles the `trusted_proxies` of `relay` or `admin`; null where it is reached without any. */
export function trustedProxiesOf(section: Pick<Config['relay'], 'trusted_proxies'> | undefined): TrustedProxies | null {
  const trusted = section?.trusted_proxies;
  if (trusted === undefined) return null;
  const ranges = trusted.addresses.map(compileNetworkRange);
  return { addressFrom: trusted.address_from, includes: (address) => ranges.some((range) => range.includes(address)) };
}

/** Keeps the address of a request’s caller for all that look at the request later. */
export function rememberCaller(request: IncomingMessage, address: string): void {
  known.set(request, address);
}

/** Whom a request comes from: behind trusted proxies, whom they name. */
export function callerAddress(request: IncomingMessage): string {
  return known.get(request) ?? request.socket.remoteAddress ?? '';
}

/**
 * The caller’s address by X-Forwarded-For or Forwarded (RFC 7239 §5.2), read from the nearest proxy on: the first that isn’t a
 * trusted proxy. What stands before that can be anybody’s invention; a name that is no address hides its caller, and the
 * proxy that wrote it stands in its place.
 * @param peer the other end of the connection
 */
export function forwardedCaller(peer: string, headers: IncomingMessage['headers'], trusted: TrustedProxies): string {
  const peerAddress = readAddress(peer);
  if (peerAddress === null || !trusted.includes(peerAddress)) return peer;
  const hops =
    trusted.addressFrom === 'forwarded' ? forwardedHops(headers.forwarded) : listedHops(headers['x-forwarded-for']);
  let nearest = peer;
  for (const hop of hops.toReversed()) {
    const address = readAddress(withoutPort(hop));
    if (address === null) return nearest;
    nearest = address.toString();
    if (!trusted.includes(address)) return nearest;
  }
  return nearest;
}

function listedHops(value: string | string[] | undefined): readonly string[] {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text === '' ? [] : text.split(',').map((hop) => hop.trim());
}

/** A forwarded-pair (RFC 7239 §4), or what parts it from the next: a semicolon within an element, a comma between them. */
const forwardedPart = /\s*(?:([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?\s*([,;]|$)/y;

/** The `for` of each element; `unknown` where there is none, and nothing where the whole isn’t well-formed. */
function forwardedHops(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const hops: string[] = [];
  let hop: string | undefined;
  forwardedPart.lastIndex = 0;
  while (forwardedPart.lastIndex <= value.length) {
    const found = forwardedPart.exec(value);
    if (found === null) return ['unknown'];
    const [, name, quoted, plain, separator] = found;
    if (name?.toLowerCase() === 'for') {
      // Which of two is meant nobody can know.
      if (hop !== undefined) return ['unknown'];
      hop = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
    }
    if (separator === ';') continue;
    hops.push(hop ?? 'unknown');
    hop = undefined;
    if (separator === '') break;
  }
  return hops;
}

/** `[2001:db8::1]:443`, `10.0.0.1:443` and both without their ports. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop);
  if (bracketed !== null) return bracketed[1] ?? '';
  return /^[^:]+:\d+$/.test(hop) ? hop.slice(0, hop.indexOf(':')) : hop;
}
