import type { Configuration } from 'electron-builder';

const updateUrl = process.env['CAUSEWAY_UPDATE_URL'];

/** Makes installers from the directory that Forge has packaged (`--prepackaged`). Signing identities come from the environment. */
const config: Configuration = {
  appId: 'io.causeway.desktop',
  productName: 'Causeway',
  copyright: 'Copyright © The Causeway developers',
  directories: { output: 'dist', buildResources: 'build' },
  artifactName: 'causeway-${version}-${os}-${arch}.${ext}',
  protocols: [{ name: 'Causeway sign-in', schemes: ['causeway'] }],
  publish: updateUrl === undefined ? null : { provider: 'generic', url: updateUrl },
  win: {
    target: ['nsis', 'msi'],
    icon: 'build/icons/icon.ico',
  },
  nsis: { oneClick: false, perMachine: false, allowElevation: true, deleteAppDataOnUninstall: false },
  msi: { oneClick: false, perMachine: true },
  mac: {
    target: ['dmg', 'zip'],
    icon: 'build/icons/icon.icns',
    category: 'public.app-category.developer-tools',
    hardenedRuntime: true,
    entitlements: 'build/entitlements.mac.plist',
    entitlementsInherit: 'build/entitlements.mac.plist',
    notarize: process.env['APPLE_TEAM_ID'] !== undefined,
  },
  linux: {
    // The other packages of Linux are made beside (`desktop/make-packages.ts`), with the command line that they need.
    target: ['AppImage'],
    icon: 'build/icons',
    executableName: 'causeway',
    category: 'Network',
    synopsis: 'One-click access to internal APIs, without a VPN',
    maintainer: 'The Causeway developers <causeway@example.com>',
    mimeTypes: ['x-scheme-handler/causeway'],
  },
};

export default config;
