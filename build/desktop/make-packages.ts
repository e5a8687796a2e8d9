import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDebianPackage } from '../packages/debian-package.ts';
import { makeRpmPackage } from '../packages/rpm-package.ts';
import { layOutDesktop } from './lay-out-desktop.ts';

const here = fileURLToPath(new URL('linux', import.meta.url));

/** Makes a Debian package of the app’s directory; it brings the command line of the same version along. */
export async function makeDesktopDeb(directory: string, version: string, outDir: string): Promise<string> {
  const root = join(outDir, 'desktop-deb-root');
  await rm(root, { recursive: true, force: true });
  await layOutDesktop(root, directory, version);
  const script = (name: string): Promise<string> => readFile(join(here, name), 'utf8');
  return makeDebianPackage(
    {
      name: 'causeway-desktop',
      version,
      section: 'net',
      // Those of Electron; names with “t64” are of Debian 13 and Ubuntu 24.04.
      depends: [
        `causeway-cli (= ${version})`,
        'libasound2 | libasound2t64',
        'libatspi2.0-0 | libatspi2.0-0t64',
        'libc6 (>= 2.28)',
        'libgtk-3-0 | libgtk-3-0t64',
        'libnotify4',
        'libnss3',
        'libsecret-1-0',
        'libuuid1',
        'libxss1',
        'libxtst6',
        'xdg-utils',
      ],
      recommends: ['libayatana-appindicator3-1', 'gnome-keyring | libkf5wallet-bin | kwalletmanager'],
      synopsis: 'one-click access to internal APIs, without a VPN',
      description: [
        'Causeway signs in with the company’s account, shows which internal APIs the',
        'person may use, and gives each of them an address on this computer.',
      ],
      scripts: { postinst: await script('postinst'), postrm: await script('postrm') },
    },
    root,
    outDir,
  );
}

/** Makes an RPM of the app’s directory; null where there is no `rpmbuild`. */
export function makeDesktopRpm(directory: string, version: string, outDir: string): Promise<string | null> {
  return makeRpmPackage(
    {
      name: 'causeway-desktop',
      version,
      summary: 'One-click access to internal APIs, without a VPN',
      description: [
        'Causeway signs in with the company’s account, shows which internal APIs the',
        'person may use, and gives each of them an address on this computer.',
      ],
      requires: [
        `causeway-cli = ${version}`,
        'alsa-lib',
        'at-spi2-core',
        'glibc >= 2.28',
        'gtk3',
        'libnotify',
        'libsecret',
        'libuuid',
        'libXScrnSaver',
        'libXtst',
        'nss',
        'xdg-utils',
      ],
      files: [
        '/usr/bin/causeway-desktop',
        '/usr/lib/causeway-desktop',
        '%attr(4755,root,root) /usr/lib/causeway-desktop/chrome-sandbox',
        '/usr/share/applications/io.causeway.desktop.desktop',
        '/usr/share/icons/hicolor/*/apps/io.causeway.desktop.*',
        '/usr/share/metainfo/io.causeway.desktop.metainfo.xml',
        '%doc /usr/share/doc/causeway-desktop',
      ],
    },
    async (root) => {
      await layOutDesktop(root, directory, version);
      await rm(join(root, 'usr/share/lintian'), { recursive: true });
    },
    outDir,
  );
}
