import type { RequestInit, Response } from 'undici';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import type { HttpClient } from '../network/http-client.ts';
import { UpdateFailure } from './update-failure.ts';

const maxRedirects = 5;

/** The feed’s address, ending in a slash. @throws UpdateFailure `feed-not-https`, except for this computer itself */
export function feedAddress(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : null;
  if (address === null || !isSafe(address) || address.username !== '' || address.password !== '')
    throw new UpdateFailure('feed-not-https', `The feed’s address “${text.slice(0, 300)}” isn’t one with https.`);
  address.search = '';
  address.hash = '';
  if (!address.pathname.endsWith('/')) address.pathname += '/';
  return address;
}

/** TLS, or this computer itself, which nobody stands in front of. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

/**
 * Asks the feed for a file; follows redirects to TLS alone, as what comes is checked whoever sends it.
 * @throws UpdateFailure `redirect-to-http`, `feed-answer`, `feed-unreachable`, `feed-stalled`
 */
export async function fetchFromFeed(
  http: HttpClient,
  url: URL,
  init: RequestInit & { readonly timeoutMs?: number },
  isWanted: (status: number) => boolean = (status) => status === 200,
): Promise<Response> {
  let address = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await answerOf(http, address, init);
    if (isWanted(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null)
      throw new UpdateFailure('feed-answer', `${address.href} answers with ${response.status}.`);
    const next = URL.canParse(location, address) ? new URL(location, address) : null;
    // From the network nobody is led to a program of this computer.
    const leadsHome = next !== null && address.protocol === 'https:' && isLoopbackHost(next.hostname);
    if (next === null || !isSafe(next) || leadsHome)
      throw new UpdateFailure('redirect-to-http', `${address.href} leads to ${location.slice(0, 300)}.`);
    address = next;
  }
  throw new UpdateFailure('feed-answer', `${url.href} leads in circles.`);
}

async function answerOf(http: HttpClient, url: URL, init: RequestInit): Promise<Response> {
  try {
    return await http.fetch(url.href, { ...init, redirect: 'manual' });
  } catch (error) {
    throw networkFailure(error, url);
  }
}

/** What a failure of the network means: a feed that doesn’t answer in time, or can’t be reached. */
export function networkFailure(error: unknown, url: URL): UpdateFailure {
  if (error instanceof UpdateFailure) return error;
  const { name, message, cause } = error as Error;
  const words = cause instanceof Error ? `${message}: ${cause.message}` : message;
  const isLate = name === 'TimeoutError' || name === 'AbortError';
  return new UpdateFailure(isLate ? 'feed-stalled' : 'feed-unreachable', `${url.href}: ${words}`, { cause: error });
}

/** Reads an answer of at most so many bytes. @throws UpdateFailure `feed-too-large`, `feed-unreachable`, `feed-stalled` */
export async function readBounded(response: Response, url: URL, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > maxBytes) throw new UpdateFailure('feed-too-large', `${url.href} is longer than ${maxBytes} bytes.`);
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    throw networkFailure(error, url);
  }
  return Buffer.concat(chunks);
}
