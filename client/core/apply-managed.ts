import { isDeepStrictEqual } from 'node:util';
import { AccessError } from '../../shared/errors.ts';
import type { ManagedKey } from '../../shared/managed/managed-keys.ts';
import { lockOf } from '../../shared/managed/managed-settings.ts';
import type { ManagedState } from '../../shared/managed/managed-state.ts';
import { settingName } from '../../shared/managed/managed-text.ts';
import { text } from '../../shared/messages/text.ts';
import type { Settings } from '../../shared/settings.ts';

/** Keys that a tunnel is made under: with other values, it is made anew. */
const keysOfTunnels: readonly ManagedKey[] = [
  'proxy',
  'proxyExceptions',
  'certificatePins',
  'deviceName',
  'deviceAttributes',
];

/** Whether an open tunnel isn’t what it would be now. */
export function needsOtherTunnel(before: ManagedState, after: ManagedState): boolean {
  return keysOfTunnels.some((key) => !isDeepStrictEqual(before.values[key]?.value, after.values[key]?.value));
}

/**
 * The settings that a person may change, of a wish to change some; one that stays as it is in force is no change.
 * @throws AccessError `managed`, naming the first one that IT has set
 */
export function allowedChange(wish: Partial<Settings>, inForce: Settings, managed: ManagedState): Partial<Settings> {
  const free = Object.entries(wish).filter(([name, value]) => {
    const setting = name as keyof Settings;
    if (lockOf(managed, setting) === null) return true;
    if (value === undefined || value === inForce[setting]) return false;
    throw new AccessError('managed', text('managed.locked', { setting: settingName(setting) }));
  });
  return Object.fromEntries(free);
}
