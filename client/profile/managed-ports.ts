import { type ManagedState, managedValue } from '../../shared/managed/managed-state.ts';
import type { ProfileRecord } from '../../shared/settings.ts';

/**
 * The ports that IT has set for a profile's APIs. Of several relays or accounts that offer an API, the one that has the
 * short name `<api>.localhost` has the port, too: only one listener can be there.
 */
export function managedPortsOf(
  managed: ManagedState,
  { localNames }: Pick<ProfileRecord, 'localNames'>,
): Readonly<Record<string, number>> {
  const ports = Object.entries(managedValue(managed, 'ports') ?? {});
  return Object.fromEntries(ports.filter(([api]) => localNames?.[api] !== 'full'));
}
