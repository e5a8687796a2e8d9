import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Arch, build, type Configuration, Platform } from 'electron-builder';
import { installerConfig } from '../electron-builder.config.ts';
import { type SigningSettings, signingSettings } from '../signing/signing-settings.ts';

export interface MakeInstallersOptions {
  /** What Forge has packaged. */
  readonly prepackaged: string;
  readonly out: string;
  /** For which system; this one, unless told otherwise. */
  readonly platform?: Platform;
  readonly targets?: readonly string[];
  /** What they are signed with; what the environment says, unless told otherwise. */
  readonly signing?: SigningSettings;
  /** Another step signs them. */
  readonly isSignedLater?: boolean;
  /** What is to be told on the way. */
  readonly hooks?: Pick<Configuration, 'artifactBuildStarted' | 'msiProjectCreated'>;
}

/**
 * Makes installers by electron-builder, signed where its configuration has a certificate.
 * @returns their paths
 */
export async function makeInstallers(options: MakeInstallersOptions): Promise<readonly string[]> {
  const {
    prepackaged,
    out,
    platform = Platform.current(),
    targets = [],
    signing = signingSettings(),
    isSignedLater = false,
    hooks = {},
  } = options;
  const config = installerConfig(signing, isSignedLater);
  const made = await build({
    projectDir: fileURLToPath(new URL('../..', import.meta.url)),
    prepackaged,
    publish: 'never',
    targets: platform.createTarget([...targets], archFor(platform)),
    config: { ...config, ...hooks, directories: { ...config.directories, output: out } },
  });
  // What it was told, for its own makers.
  await rm(join(out, 'builder-debug.yml'), { force: true });
  return made.filter((path) => /\.(?:exe|msi|dmg|zip|AppImage|blockmap)$/.test(path)).toSorted();
}

/** One app for both kinds of Mac; elsewhere one for each processor. */
function archFor(platform: Platform): Arch {
  if (platform === Platform.MAC) return Arch.universal;
  return process.arch === 'arm64' ? Arch.arm64 : Arch.x64;
}
