import { isLoopbackHost } from './loopback-host.ts';

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
  const text = typed.trim();
  if (text === '') return invalid('Enter the relay’s address, for example relay.example.com.');
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const shown = `“${text.slice(0, 100)}”`;
  // Browsers take a space in a host name for an encoded one, and a backslash for a slash.
  const isReadable = text.length <= maxLength && !/[\s\\]/.test(text) && URL.canParse(withScheme);
  if (!isReadable) return invalid(`${shown} isn’t an address like relay.example.com.`);
  const url = new URL(withScheme);
  if (url.hostname === '' || url.hostname.includes('%')) {
    return invalid(`${shown} isn’t an address like relay.example.com.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return invalid('A relay’s address begins with https://.');
  if (url.username !== '' || url.password !== '') {
    return invalid('A relay’s address holds no user name or password: you sign in on the next page.');
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return invalid(`${url.host} must be reached over https; plain http is only for this computer.`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return invalid(`Only the relay’s address is needed: ${url.origin}`);
  }
  return { status: 'valid', url: url.origin };
}

function invalid(message: string): RelayAddress {
  return { status: 'invalid', message };
}
