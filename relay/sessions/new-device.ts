import type { SessionRecord } from './session-record.ts';

type Known = Pick<SessionRecord, 'id' | 'kind' | 'device' | 'sinceMs' | 'addresses'>;

/** Whether the person had other sessions before this one, but none on its device. Services come from wherever they run. */
export function isOnNewDevice(session: Known, all: readonly Known[]): boolean {
  if (session.kind === 'service') return false;
  const earlier = all.filter(({ id, sinceMs }) => id !== session.id && sinceMs < session.sinceMs);
  return earlier.length > 0 && !earlier.some((other) => isSameDevice(other, session));
}

/**
 * The app and the CLI of one computer have ids of their own: they are one device when they call it the same and have come
 * from the same address.
 */
function isSameDevice(one: Known, other: Known): boolean {
  if (one.device.id !== undefined && one.device.id === other.device.id) return true;
  if (one.device.name.toLowerCase() !== other.device.name.toLowerCase()) return false;
  return Object.keys(one.addresses).some((address) => Object.hasOwn(other.addresses, address));
}
