import { z } from 'zod';
import type { PersistedState } from '../client/profile/core-options.ts';
import { settingsSchema, storedProfileSchema, storedSettingsSchema } from '../shared/settings.ts';

/**
 * Reads what was remembered between runs. Each part that can't be read falls back to its default and leaves the
 * others alone, so that one bad value never costs the person all settings. What only a newer version knows stays.
 */
export function readPersistedState(raw: unknown): PersistedState {
  const fields = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  const settings = storedSettingsSchema.safeParse(fields['settings'] ?? {});
  const profiles = Array.isArray(fields['profiles']) ? (fields['profiles'] as readonly unknown[]) : [];
  const recent = z.array(z.url()).safeParse(fields['recentRelayUrls']);
  const known = profiles.flatMap((profile) => {
    const parsed = storedProfileSchema.safeParse(profile);
    return parsed.success ? [parsed.data] : [];
  });
  const current = fields['currentProfileId'];
  return {
    ...fields,
    settings: settings.success ? settings.data : settingsSchema.parse({}),
    profiles: known,
    currentProfileId: known.some(({ id }) => id === current) ? String(current) : (known[0]?.id ?? null),
    recentRelayUrls: recent.success ? recent.data : [],
  };
}

/** Reads remembered web origins; whatever isn't an https or http origin, written exactly so, is dropped. */
export function readOrigins(raw: unknown): readonly string[] {
  if (!Array.isArray(raw)) return [];
  return (raw as readonly unknown[]).filter(
    (origin): origin is string =>
      typeof origin === 'string' &&
      /^https?:/.test(origin) &&
      URL.canParse(origin) &&
      new URL(origin).origin === origin,
  );
}
