import { AccessError } from '../../shared/errors.ts';
import { managedRelays, relayForbidden } from '../../shared/managed/managed-settings.ts';
import type { ManagedState } from '../../shared/managed/managed-state.ts';
import { text } from '../../shared/messages/text.ts';

/** Why a relay may not be used; null where it may. */
export function whyForbidden(managed: ManagedState, relayUrl: string): AccessError | null {
  if (relayForbidden(managed, relayUrl) === null) return null;
  const relays = managedRelays(managed);
  return new AccessError(
    'managed',
    text('managed.relay', { count: relays.length, relays: relays.join(', '), relay: relayUrl }),
  );
}
