import type { MacSigning } from './signing-settings.ts';

/** All that the hardened runtime is asked to allow. */
export const entitlements = 'build/entitlements.mac.plist';

/**
 * What Forge signs an app for macOS with, and shows it to Apple with; Apple’s word is then stapled to the app, so that a
 * computer without a network knows it, too. Nothing without an identity.
 */
export function macSigningOptions(signing: MacSigning | null) {
  if (signing === null) return {};
  const { identity, apiKey, apiKeyId, apiIssuer } = signing;
  return {
    osxSign: { identity, optionsForFile: () => ({ entitlements, hardenedRuntime: true }) },
    osxNotarize: { appleApiKey: apiKey, appleApiKeyId: apiKeyId, appleApiIssuer: apiIssuer },
  };
}
