import { auth0, cognito, entra, google, okta, zitadel } from './hosted-providers.ts';
import { adfs, authelia, authentik, dex, gitlab, keycloak, pingfederate } from './own-servers.ts';
import { isSettings, PresetProblem, type Settings } from './preset-settings.ts';

/** Providers whose ways are known. */
export const presetNames = [
  'generic',
  'okta',
  'entra',
  'google',
  'keycloak',
  'auth0',
  'dex',
  'authentik',
  'cognito',
  'gitlab',
  'zitadel',
  'adfs',
  'pingfederate',
  'authelia',
] as const;

const presets: Readonly<Record<(typeof presetNames)[number], (own: Settings) => Settings>> = {
  generic: () => ({}),
  okta,
  entra,
  google,
  keycloak,
  auth0,
  dex,
  authentik,
  cognito,
  gitlab,
  zitadel,
  adfs,
  pingfederate,
  authelia,
};

/** Outcome of {@link expandPreset}; a problem's message continues the name of its key. */
export type ExpandedPreset =
  | { readonly status: 'expanded'; readonly settings: unknown }
  | { readonly status: 'refused'; readonly problems: readonly { readonly key: string; readonly message: string }[] };

/**
 * Fills in what a preset knows about its provider; keys that are given win. Reads nothing, knows no group name. What
 * isn't a preset comes back as it is, for the schema to judge. Pure.
 */
export function expandPreset(given: unknown): ExpandedPreset {
  if (!isSettings(given)) return { status: 'expanded', settings: given };
  const own = given;
  const name = presetNames.find((known) => known === own['preset']) ?? 'generic';
  try {
    const preset = presets[name](own);
    const merged: Record<string, unknown> = { ...preset, ...own };
    for (const key of ['claims', 'required_claims', 'introspection', 'groups_lookup'])
      if (isSettings(preset[key]) && isSettings(own[key])) merged[key] = { ...preset[key], ...own[key] };
    return { status: 'expanded', settings: merged };
  } catch (error) {
    if (!(error instanceof PresetProblem)) throw error;
    return { status: 'refused', problems: [{ key: error.key, message: error.message }] };
  }
}
