import { FusesPlugin } from '@electron-forge/plugin-fuses';
import { VitePlugin } from '@electron-forge/plugin-vite';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appManifest } from './build/desktop/app-manifest.ts';
import { noticesFolder } from './build/desktop/notices.ts';
import { fuses } from './build/fuses.ts';
import { nativeModulesFolder, needsNativeModules } from './build/native-modules.ts';
import { isSignedOn, signingSettings } from './build/signing/signing-settings.ts';

const isSignedLater = process.env['CAUSEWAY_SIGNED_LATER'] === 'yes';
const signature = isSignedLater || isSignedOn(process.platform, signingSettings()) ? 'signed' : 'unsigned';
/** A folder with archives of the runtime, where they aren't to be downloaded. */
const runtimeArchives = process.env['CAUSEWAY_ELECTRON_ARCHIVES'];

/** Makes the app's directory: bundles, archive, fuses. It is signed afterwards; electron-builder makes installers from it. */
const config: ForgeConfig = {
  ...(process.env['CAUSEWAY_PACKAGE_OUT'] === undefined ? {} : { outDir: process.env['CAUSEWAY_PACKAGE_OUT'] }),
  packagerConfig: {
    name: 'Causeway',
    executableName: process.platform === 'linux' ? 'causeway' : 'Causeway',
    appBundleId: 'io.causeway.desktop',
    appCategoryType: 'public.app-category.developer-tools',
    icon: 'build/icons/icon',
    asar: true,
    ...(runtimeArchives === undefined ? {} : { electronZipDir: runtimeArchives }),
    extraResource: [...(needsNativeModules() ? [nativeModulesFolder] : []), noticesFolder],
    protocols: [{ name: 'Causeway sign-in', schemes: ['causeway'] }],
  },
  hooks: {
    packageAfterPrune: async (_config, buildPath) => {
      const path = join(buildPath, 'package.json');
      const manifest = appManifest(JSON.parse(await readFile(path, 'utf8')), signature);
      await writeFile(path, `${JSON.stringify(manifest)}\n`);
    },
  },
  plugins: [
    new VitePlugin({
      build: [
        { entry: 'electron/main.ts', config: 'build/vite.main.config.ts', target: 'main' },
        { entry: 'electron/preload.ts', config: 'build/vite.preload.config.ts', target: 'preload' },
      ],
      renderer: [{ name: 'main_window', config: 'build/vite.renderer.config.ts' }],
    }),
    new FusesPlugin(fuses),
  ],
};

export default config;
