import { spawnSync } from 'node:child_process';
import { packagerLibrary } from '../packages/packager-library.ts';
import type { MacSigning } from './signing-settings.ts';

/** All that the hardened runtime is asked to allow. */
export const entitlements = 'build/entitlements.mac.plist';

/** What signs an app, and shows it to Apple; packaging brings both along. */
export interface MacSigners {
  /** @throws Error when anything isn’t signed */
  readonly sign: (options: Record<string, unknown>) => Promise<void>;
  /** Waits for Apple’s word, and staples it to the app, so that a computer without a network knows it, too. */
  readonly notarize: (options: Record<string, unknown>) => Promise<void>;
}

/** Signs an app with all that is in it, the carried command line included, by the hardened runtime’s rules, and has Apple look at it. */
export async function signMacApp(
  app: string,
  { identity, apiKey, apiKeyId, apiIssuer }: MacSigning,
  signers?: MacSigners,
): Promise<void> {
  const { sign, notarize } = signers ?? (await packagedSigners());
  const optionsForFile = () => ({ entitlements, hardenedRuntime: true });
  await sign({ app, platform: 'darwin', identity, optionsForFile });
  await notarize({ appPath: app, appleApiKey: apiKey, appleApiKeyId: apiKeyId, appleApiIssuer: apiIssuer });
}

/**
 * Seals an app that nobody vouches for anew, once the command line is in it: Apple’s processors start none whose seal is broken. What is
 * within is sealed, too, as Electron for Intel’s processors comes without; so does Electron’s packager.
 */
export function sealMacApp(app: string): void {
  const kept = '--preserve-metadata=entitlements,requirements,flags,runtime';
  const done = spawnSync('codesign', ['--force', '--deep', kept, '--sign', '-', app], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`codesign can’t seal the app: ${done.error?.message ?? done.stderr.trim()}`);
}

/** The libraries that Electron’s packager signs with. */
async function packagedSigners(): Promise<MacSigners> {
  const { sign } = await packagerLibrary<Pick<MacSigners, 'sign'>>('@electron/osx-sign');
  const { notarize } = await packagerLibrary<Pick<MacSigners, 'notarize'>>('@electron/notarize');
  return { sign, notarize };
}
