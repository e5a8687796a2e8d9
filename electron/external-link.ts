import { isLoopbackHost } from '../shared/loopback-host.ts';
import { text } from '../shared/messages/text.ts';

export type ExternalLink =
  | { readonly status: 'allowed'; readonly url: string }
  | { readonly status: 'refused'; readonly reason: string };

const maxLength = 8_192;

/**
 * Decides whether an address may leave for the person's browser: `https:` on a listed origin, `http:` on this computer,
 * or the bare front page, in plain HTTP, of a relay in whose place the network now shows a sign-in page of its own.
 * `networkHosts` are those relays' names. Gives back the parsed form, so that what was checked is what is opened.
 */
export function decideExternalLink(
  candidate: string,
  allowedOrigins: ReadonlySet<string>,
  networkHosts: ReadonlySet<string> = new Set(),
): ExternalLink {
  const refuse = (reason: string): ExternalLink => ({ status: 'refused', reason });
  if (candidate.length > maxLength) return refuse(text('failure.address-long'));
  // Control characters, spaces and backslashes are repaired by URL parsers in ways that other programs don't share.
  if (/[^\x21-\x7e]|[\\"<>^`{|}]/.test(candidate)) return refuse(text('failure.address-characters'));
  if (!URL.canParse(candidate)) return refuse(text('failure.address-unreadable'));
  const url = new URL(candidate);
  if (url.username !== '' || url.password !== '') return refuse(text('failure.address-user'));
  if (url.protocol === 'http:' && isLoopbackHost(url.hostname)) return { status: 'allowed', url: url.href };
  const bare = url.port === '' && url.pathname === '/' && url.search === '' && url.hash === '';
  if (url.protocol === 'http:' && bare && networkHosts.has(url.hostname)) return { status: 'allowed', url: url.href };
  if (url.protocol !== 'https:') return refuse(text('failure.address-plain'));
  if (isLoopbackHost(url.hostname) || allowedOrigins.has(url.origin)) return { status: 'allowed', url: url.href };
  return refuse(text('failure.address-foreign'));
}
