import { isLoopbackHost } from './loopback-host.ts';
import { text } from './messages/text.ts';

/** A relay's address as it was read: its origin, or why it can't be one, for the person. */
export type RelayAddress =
  | { readonly status: 'valid'; readonly url: string }
  | { readonly status: 'invalid'; readonly message: string };

const maxLength = 2048;

/**
 * Reads a relay's address as a person types it: `relay.example.com`, with port, or a full URL. A missing scheme becomes
 * https; plain http is taken for this computer only.
 */
export function readRelayAddress(typed: string): RelayAddress {
  const wanted = typed.trim();
  if (wanted === '') return invalid(text('sign-in.address.missing'));
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(wanted) ? wanted : `https://${wanted}`;
  const notOne = text('sign-in.address.none', { typed: wanted.slice(0, 100) });
  // Browsers take a space in a host name for an encoded one, and a backslash for a slash.
  const isReadable = wanted.length <= maxLength && !/[\s\\]/.test(wanted) && URL.canParse(withScheme);
  if (!isReadable) return invalid(notOne);
  const url = new URL(withScheme);
  if (url.hostname === '' || url.hostname.includes('%')) {
    return invalid(notOne);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return invalid(text('sign-in.address.scheme'));
  if (url.username !== '' || url.password !== '') {
    return invalid(text('sign-in.address.user'));
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return invalid(text('sign-in.address.http', { host: url.host }));
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return invalid(text('sign-in.address.only', { origin: url.origin }));
  }
  return { status: 'valid', url: url.origin };
}

function invalid(message: string): RelayAddress {
  return { status: 'invalid', message };
}
