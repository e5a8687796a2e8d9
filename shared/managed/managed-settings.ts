import { relayOriginOf } from '../relay-origin.ts';
import { type Settings, settingsSchema } from '../settings.ts';
import { isManagedKey, lockableSettings } from './managed-keys.ts';
import { type ManagedState, managedValue, type PolicySource } from './managed-state.ts';

export type LockableSetting = (typeof lockableSettings)[number];

/** Who keeps people from changing a setting; null where nobody does. */
export function lockOf({ values }: ManagedState, setting: keyof Settings): PolicySource | null {
  if (!isLockable(setting)) return null;
  const own = isManagedKey(setting) ? values[setting] : undefined;
  if (own !== undefined) return own.source;
  const locked = values.lockedSettings;
  return locked?.value.includes(setting) === true ? locked.source : null;
}

/** The settings that hold: IT's, where it has set or locked one, else the person's. */
export function settingsInForce(chosen: Settings, managed: ManagedState): Settings {
  const defaults = settingsSchema.parse({});
  const fixed = lockableSettings.flatMap((setting) => {
    if (lockOf(managed, setting) === null) return [];
    const own = isManagedKey(setting) ? managed.values[setting]?.value : undefined;
    return [[setting, own ?? defaults[setting]] as const];
  });
  return fixed.length === 0 ? chosen : { ...chosen, ...Object.fromEntries(fixed) };
}

/** Relays that IT names, as origins. */
export function managedRelays(managed: ManagedState): readonly string[] {
  return (managedValue(managed, 'relays') ?? []).map(relayOriginOf).filter((origin) => origin !== null);
}

/** Who forbids a relay, by its origin; null where it may be used. Only those of `relays` may, once others are forbidden. */
export function relayForbidden(managed: ManagedState, relayUrl: string): PolicySource | null {
  const only = managed.values.allowedRelaysOnly;
  if (only?.value !== true || managedRelays(managed).includes(relayUrl)) return null;
  return only.source;
}

function isLockable(setting: string): setting is LockableSetting {
  return (lockableSettings as readonly string[]).includes(setting);
}
