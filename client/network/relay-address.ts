import { AccessError } from '../../shared/errors.ts';
import { readRelayAddress } from '../../shared/relay-address.ts';

/** The origin of a relay's address as a person types it. @throws AccessError `bad-input` for anything else */
export function parseRelayAddress(typed: string): string {
  const address = readRelayAddress(typed);
  if (address.status === 'invalid') throw new AccessError('bad-input', address.message);
  return address.url;
}

/** Stable id of the profile of a relay: its host and port, safe as a file name. */
export function profileIdOf(relayUrl: string): string {
  return new URL(relayUrl).host.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
}
