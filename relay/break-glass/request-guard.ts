import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { readAtMost } from '../bytes/read-at-most.ts';
import { compileNetworkRange, readAddress } from '../config/values/network-range.ts';
import { pageText } from '../page-texts/page-text.ts';
import { Refusal } from './refusal.ts';

/** What ties a flow to the browser that began it. */
export interface BrowserCookie {
  readonly value: string;
  /** To be set, when the browser had none. */
  readonly setCookie: string | null;
}

const maxFormBytes = 65_536;

/** Of a `__Host-` name where there is TLS, so that no neighbouring host can set it (RFC 6265bis §4.1.3.2). */
function cookieName(origin: string): string {
  return origin.startsWith('https:') ? '__Host-causeway-break-glass' : 'causeway-break-glass';
}

function cookieOf(request: IncomingMessage, origin: string): string | null {
  const wanted = `${cookieName(origin)}=`;
  const found = (request.headers.cookie ?? '').split('; ').filter((pair) => pair.startsWith(wanted));
  const value = found.length === 1 ? found[0]?.slice(wanted.length) : undefined;
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : null;
}

/** The browser’s cookie, or a new one for it. */
export function browserCookie(request: IncomingMessage, origin: string): BrowserCookie {
  const known = cookieOf(request, origin);
  if (known !== null) return { value: known, setCookie: null };
  const value = randomBytes(32).toString('base64url');
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  return { value, setCookie: `${cookieName(origin)}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}` };
}

/** What is kept of a cookie. */
export function cookieHash(value: string): string {
  return hash('sha256', value, 'base64url');
}

/** @throws Refusal when the browser isn’t the one that began the flow */
export function requireSameBrowser(request: IncomingMessage, origin: string, kept: string): void {
  const given = Buffer.from(cookieHash(cookieOf(request, origin) ?? ''));
  const wanted = Buffer.from(kept);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new Refusal(403, () => pageText('break-glass.refused.browser'));
}

/** A posted form of a page of ours. @throws Refusal for any other */
export async function readOwnForm(request: IncomingMessage, origin: string): Promise<URLSearchParams> {
  const { origin: from, 'sec-fetch-site': site } = request.headers;
  // Browsers name the origin with each posted form (Fetch §3.2).
  if (from !== origin || (site !== undefined && site !== 'same-origin'))
    throw new Refusal(403, () => pageText('break-glass.refused.site'));
  return readForm(request);
}

/** @throws Refusal when it isn’t one, or is too large */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(type))
    throw new Refusal(415, () => pageText('break-glass.refused.no-form'));
  const body = await readAtMost(request, maxFormBytes);
  if (body === null) throw new Refusal(413, () => pageText('break-glass.refused.large'), { Connection: 'close' });
  return new URLSearchParams(body.toString('utf8'));
}

/** Whether the caller is in one of the networks; everybody is where none are named. */
export function isInNetworks(address: string, networks: readonly string[] | undefined): boolean {
  if (networks === undefined) return true;
  const read = readAddress(address);
  return read !== null && networks.some((range) => compileNetworkRange(range).includes(read));
}
