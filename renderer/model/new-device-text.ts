import { shownText } from '../../shared/shown-text.ts';
import type { NewDevice } from '../../shared/snapshot.ts';
import { formatRelative } from '../../ui/model/format.ts';

/** Which device is new, or how many are. */
export function newDeviceTitle(devices: readonly NewDevice[]): string {
  const [first, ...more] = devices;
  if (first === undefined || more.length > 0) return `${devices.length} new sign-ins to your account`;
  return `New sign-in on “${shownText(first.name)}”`;
}

/** What is known of it, and what to do. */
export function newDeviceText({ system, sinceMs, address }: NewDevice, nowMs: number | undefined): string {
  const facts = [
    shownText(system),
    ...(nowMs === undefined ? [] : [formatRelative(sinceMs, nowMs)]),
    ...(address === null ? [] : [`from ${address}`]),
  ].filter((fact) => fact !== '');
  return `${facts.join(', ')}. If that wasn’t you, sign it out and tell IT.`;
}
