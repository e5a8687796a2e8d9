import { text } from '../../shared/messages/text.ts';
import { readRelayAddress } from '../../shared/relay-address.ts';

/** What Enter in the relay field does: ask at an address, with a word on how it was understood, or say why not. */
export type TypedRelayAddress =
  | { readonly status: 'valid'; readonly url: string; readonly note: string | null }
  | { readonly status: 'invalid'; readonly message: string };

const email = /^(?:mailto:)?[^\s@/\\:]+@(?<domain>[^\s@/\\:]+\.[^\s@/\\:]+)$/iu;

/**
 * Reads what people paste into the relay field: beside an address, a mail address, whose domain is asked for its relay,
 * and a link, of which only the relay's part counts. What isn't safe to guess stays refused.
 */
export function readTypedRelayAddress(typed: string): TypedRelayAddress {
  const wanted = typed.trim();
  const domain = email.exec(wanted)?.groups?.['domain'];
  if (domain !== undefined) {
    const address = readRelayAddress(domain);
    return address.status === 'valid' ? { ...address, note: text('sign-in.address.of-mail', { domain }) } : address;
  }
  const whole = readRelayAddress(wanted);
  if (whole.status === 'valid') return { ...whole, note: null };
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(wanted) ?? [];
  const shorter = readRelayAddress(`${scheme}${rest.split(/[/?#]/)[0] ?? ''}`);
  // Only what follows the host may go: the rest of the address has to be right by itself.
  if (shorter.status === 'invalid' || /[\s\\]/.test(wanted)) return whole;
  return { ...shorter, note: text('sign-in.address.cut', { origin: shorter.url }) };
}
