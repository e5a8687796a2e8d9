import { type ManagedKey, managedKeyNames, managedKeys } from '../../shared/managed/managed-keys.ts';
import { lockOf } from '../../shared/managed/managed-settings.ts';
import type { ManagedState } from '../../shared/managed/managed-state.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value comes from, the strongest first. */
export type Origin =
  | { readonly from: 'machine' | 'user'; readonly place: string }
  /** The variable’s name. */
  | { readonly from: 'environment'; readonly place: string }
  | { readonly from: 'settings' | 'default' };

/** A key with what holds for it, and whence. */
export type ValueInForce = {
  readonly key: ManagedKey;
  /** Null for nothing. */
  readonly value: unknown;
  /** Whether the person could change it; only what IT has set is locked. */
  readonly locked: boolean;
} & Origin;

/** Variables that say the same as a key, by which it is found where no policy sets it. */
const variables: Partial<Record<ManagedKey, readonly string[]>> = {
  relays: ['CAUSEWAY_RELAY_URL'],
  deviceName: ['CAUSEWAY_DEVICE_NAME'],
  logLevel: ['CAUSEWAY_LOG_LEVEL'],
  updates: ['CAUSEWAY_UPDATES'],
  updateFeed: ['CAUSEWAY_UPDATE_FEED'],
  updateChannel: ['CAUSEWAY_UPDATE_CHANNEL'],
  proxy: ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  proxyExceptions: ['no_proxy', 'NO_PROXY'],
};

/**
 * Every key with what holds: the computer’s policy, then the person’s, then the environment, then the person’s settings,
 * then the default. Pure.
 */
export function valuesInForce(
  managed: ManagedState,
  chosen: Settings,
  environment: Environment,
): readonly ValueInForce[] {
  const defaults = settingsSchema.parse({});
  return managedKeyNames.map((key) => {
    const set = managed.values[key];
    if (set !== undefined) {
      const { scope: from, place } = set.source;
      return { key, value: set.value, locked: true, from, place };
    }
    const variable = variables[key]?.find((name) => (environment[name] ?? '').trim() !== '');
    if (variable !== undefined) {
      return {
        key,
        value: withoutPassword(key, environment[variable] ?? ''),
        locked: false,
        from: 'environment',
        place: variable,
      };
    }
    if (!isSetting(key, chosen)) return { key, value: null, locked: false, from: 'default' };
    const lock = lockOf(managed, key);
    if (lock !== null) return { key, value: chosen[key], locked: true, from: lock.scope, place: lock.place };
    // The app keeps its settings by itself.
    if (managedKeys[key].applies.length === 1) return { key, value: null, locked: false, from: 'settings' };
    return { key, value: chosen[key], locked: false, from: chosen[key] === defaults[key] ? 'default' : 'settings' };
  });
}

function isSetting(key: ManagedKey, settings: Settings): key is ManagedKey & keyof Settings {
  return Object.hasOwn(settings, key);
}

/** A proxy’s address may hold the person’s password, with any character in it, and may lack a scheme. */
function withoutPassword(key: ManagedKey, value: string): string {
  return key === 'proxy' ? value.replace(/^(\w+:\/\/)?.*@/s, '$1') : value.replace(/\/\/[^/]*@/, '//');
}

/** What a default is, in words. */
export function defaultText(key: ManagedKey): string {
  return managedKeys[key].fallback.en;
}
