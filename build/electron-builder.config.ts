import { readFile, writeFile } from 'node:fs/promises';
import type { Configuration } from 'electron-builder';
import { withCliOnPath } from './desktop/windows/msi-path.ts';
import { signWindowsFile } from './signing/sign-windows.ts';
import { isSignedOn, type SigningSettings, signingSettings } from './signing/signing-settings.ts';

/**
 * Makes installers from the directory that Forge has packaged, and signed where there is a certificate; installers and the
 * uninstaller inside get their signatures here. Without one, they say so in their names.
 * @param isSignedLater another step signs what is made, so that no name says otherwise
 */
export function installerConfig(signing: SigningSettings, isSignedLater = false): Configuration {
  const { windows } = signing;
  const nameFor = (platform: NodeJS.Platform): string =>
    `causeway-\${version}-\${os}-\${arch}${isSignedLater || isSignedOn(platform, signing) ? '' : '-unsigned'}.\${ext}`;
  return {
    appId: 'io.causeway.desktop',
    productName: 'Causeway',
    copyright: 'Copyright © The Causeway developers',
    directories: { output: 'dist', buildResources: 'build' },
    protocols: [{ name: 'Causeway sign-in', schemes: ['causeway'] }],
    // The feed’s metadata is written and signed by `npm run sign-feed`.
    publish: null,
    win: {
      target: ['nsis', 'msi'],
      icon: 'build/icons/icon.ico',
      artifactName: nameFor('win32'),
      ...(windows === null
        ? { signExecutable: false }
        : {
            signtoolOptions: {
              publisherName: windows.publisher,
              signingHashAlgorithms: ['sha256'],
              sign: async ({ path }) => signWindowsFile(path, windows),
            },
          }),
    },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowElevation: true,
      deleteAppDataOnUninstall: false,
      include: 'build/desktop/windows/installer.nsh',
      installerLanguages: ['en_US', 'de_DE'],
    },
    msi: { oneClick: false, perMachine: true },
    msiProjectCreated: async (path) => writeFile(path, withCliOnPath(await readFile(path, 'utf8'))),
    mac: {
      target: ['dmg', 'zip'],
      icon: 'build/icons/icon.icns',
      artifactName: nameFor('darwin'),
      category: 'public.app-category.developer-tools',
      // The app inside is signed, and shown to Apple, before (`signing/sign-mac.ts`).
      identity: null,
    },
    linux: {
      // The other packages of Linux are made beside (`desktop/make-packages.ts`), with the command line that they need.
      target: ['AppImage'],
      icon: 'build/icons',
      artifactName: nameFor('linux'),
      executableName: 'causeway',
      // The builder's own would be `--no-sandbox`, which the app refuses.
      executableArgs: [],
      category: 'Network',
      synopsis: 'One-click access to internal APIs, without a VPN',
      maintainer: 'The Causeway developers <causeway@example.com>',
      mimeTypes: ['x-scheme-handler/causeway'],
    },
  };
}

export default installerConfig(signingSettings());
