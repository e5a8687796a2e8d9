import { AccessError } from '../../shared/errors.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';

/**
 * Reads a relay's address as a person types it: `relay.example.com`, with port, or a full URL. Returns the origin.
 * @throws AccessError `bad-input` for anything but a plain https address; http is allowed on loopback only
 */
export function parseRelayAddress(typed: string): string {
  const text = typed.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = text.length > 0 && text.length <= 2048 && !/[\s\\]/.test(text) ? URL.parse(withScheme) : null;
  if (!url || url.hostname === '') {
    throw new AccessError('bad-input', `“${text.slice(0, 100)}” isn’t an address like relay.example.com.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AccessError('bad-input', 'A relay’s address holds no user name or password.');
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new AccessError('bad-input', `${url.host} must be reached over https; plain http is only for this computer.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new AccessError('bad-input', 'A relay’s address begins with https://.');
  }
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '') {
    throw new AccessError('bad-input', `Only the relay’s address is needed: ${url.origin}`);
  }
  return url.origin;
}

/** Stable id of the profile of a relay: its host and port, safe as a file name. */
export function profileIdOf(relayUrl: string): string {
  return new URL(relayUrl).host.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
}
