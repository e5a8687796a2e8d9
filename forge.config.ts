import { FusesPlugin } from '@electron-forge/plugin-fuses';
import { VitePlugin } from '@electron-forge/plugin-vite';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { fuses } from './build/fuses.ts';
import { nativeModulesFolder } from './build/native-modules.ts';

const macIdentity = process.env['CAUSEWAY_MAC_IDENTITY'];

/** Makes the app's directory: bundles, archive, fuses. Installers are made from it by electron-builder. */
const config: ForgeConfig = {
  packagerConfig: {
    name: 'Causeway',
    executableName: process.platform === 'linux' ? 'causeway' : 'Causeway',
    appBundleId: 'io.causeway.desktop',
    appCategoryType: 'public.app-category.developer-tools',
    icon: 'build/icons/icon',
    asar: true,
    extraResource: process.platform === 'linux' ? [nativeModulesFolder] : [],
    protocols: [{ name: 'Causeway sign-in', schemes: ['causeway'] }],
    ...(macIdentity === undefined
      ? {}
      : {
          osxSign: {
            identity: macIdentity,
            optionsForFile: () => ({ entitlements: 'build/entitlements.mac.plist', hardenedRuntime: true }),
          },
        }),
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
