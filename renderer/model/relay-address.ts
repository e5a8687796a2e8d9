export type RelayAddress =
  | { readonly status: 'valid'; readonly url: string }
  | { readonly status: 'invalid'; readonly message: string };

/**
 * Reads the relay address that a person typed. A missing scheme becomes https; whether the relay is trusted is
 * decided elsewhere. Spaces around it don't matter.
 */
export function parseRelayAddress(typed: string): RelayAddress {
  const text = typed.trim();
  if (text === '') return { status: 'invalid', message: 'Enter the relay’s address, for example relay.example.com.' };
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const noAddress = {
    status: 'invalid',
    message: 'This isn’t a web address. It looks like relay.example.com.',
  } as const;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    return noAddress;
  }
  // Browsers take a space in a host name for an encoded one.
  if (/[\s%]/.test(url.hostname) || /\s/.test(text)) return noAddress;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { status: 'invalid', message: 'A relay’s address starts with https://.' };
  }
  if (url.username !== '' || url.password !== '') {
    return { status: 'invalid', message: 'Leave out the name and password: you sign in on the next page.' };
  }
  return { status: 'valid', url: url.href.replace(/\/$/, '') };
}

/** Host and port of an address, for showing; the text itself when it isn't one. */
export function addressHost(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
