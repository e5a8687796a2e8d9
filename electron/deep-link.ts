import { apiIdSchema } from '../shared/catalog.ts';
import type { Place } from '../shared/ipc.ts';
import { readRelayAddress } from '../shared/relay-address.ts';

/**
 * What a `causeway://` link may ask: to pre-fill the relay's address of a sign-in, or to show a place of the window.
 * Nothing else exists.
 */
export type DeepLink =
  | { readonly status: 'sign-in'; readonly relayUrl: string }
  | { readonly status: 'show'; readonly place: Extract<Place, { show: 'api' | 'request' }> }
  | { readonly status: 'refused'; readonly reason: string };

export const deepLinkScheme = 'causeway';
const maxLength = 2_048;

/**
 * Reads `causeway://sign-in?relay=<address>`, `causeway://api/<id>` or `causeway://request/<id>` once, at the edge. Never
 * acts; anything unexpected is refused.
 */
export function parseDeepLink(text: string): DeepLink {
  if (text.length > maxLength) return refuse('The link is too long.');
  if (/[^\x21-\x7e]|\\/.test(text)) return refuse('The link has characters that links don’t have.');
  if (!text.startsWith(`${deepLinkScheme}://`) || !URL.canParse(text)) return refuse('Not a Causeway link.');
  const link = new URL(text);
  if (link.username !== '' || link.password !== '' || link.port !== '') return refuse('The link names a user or port.');
  if (link.hash !== '') return refuse('The link names a part of a page.');
  if (link.host === 'sign-in') return readSignIn(link);
  // As it was written: what the parser has repaired, for example dot segments, is no place.
  const [host, id, ...more] = text.slice(`${deepLinkScheme}://`.length).split('/');
  if (id === undefined || more.length > 0 || host !== link.host) return unknown();
  if (host === 'api' && apiIdSchema.safeParse(id).success) return { status: 'show', place: { show: 'api', api: id } };
  if (host === 'request' && /^[\w-]{1,64}$/.test(id)) return { status: 'show', place: { show: 'request', id } };
  return unknown();
}

/** Picks the link out of the arguments that a second start of the app was given, if there is exactly one. */
export function findDeepLink(argv: readonly string[]): string | null {
  const links = argv.filter((argument) => argument.startsWith(`${deepLinkScheme}:`));
  return links.length === 1 ? (links[0] ?? null) : null;
}

function refuse(reason: string): DeepLink {
  return { status: 'refused', reason };
}

function unknown(): DeepLink {
  return refuse('The link names nothing that Causeway knows.');
}

function readSignIn(link: URL): DeepLink {
  if (link.pathname !== '' && link.pathname !== '/') return unknown();
  const keys = [...link.searchParams.keys()];
  if (keys.length !== 1 || keys[0] !== 'relay') return refuse('The link must carry one relay address and no more.');
  return readRelay(link.searchParams.get('relay') ?? '');
}

/** A link says the whole origin, and nothing that an address bar would repair. */
function readRelay(relay: string): DeepLink {
  if (/[^\x21-\x7e]|\\/.test(relay) || !/^https?:/i.test(relay)) return refuse('The relay’s address can’t be read.');
  if (relay.includes('..') || /[?#]/.test(relay)) return refuse('The relay’s address carries more.');
  const address = readRelayAddress(relay);
  return address.status === 'valid' ? { status: 'sign-in', relayUrl: address.url } : refuse(address.message);
}
