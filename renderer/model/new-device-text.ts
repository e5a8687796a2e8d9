import { shownText } from '../../shared/shown-text.ts';
import type { NewDevice } from '../../shared/snapshot.ts';
import { formatRelative } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';

/** Which device is new, or how many are. */
export function newDeviceTitle(devices: readonly NewDevice[]): string {
  const [first, ...more] = devices;
  if (first === undefined || more.length > 0) return text('sessions.new.many', { count: devices.length });
  return text('sessions.new', { device: shownText(first.name) });
}

/** What is known of it, and what to do. */
export function newDeviceText({ system, sinceMs, address }: NewDevice, nowMs: number | undefined): string {
  const facts = [
    shownText(system),
    ...(nowMs === undefined ? [] : [formatRelative(sinceMs, Math.max(sinceMs, nowMs))]),
    ...(address === null ? [] : [text('sessions.new.from', { address })]),
  ].filter((fact) => fact !== '');
  return text('sessions.new.text', { facts: facts.join(', ') });
}
