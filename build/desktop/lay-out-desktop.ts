import { cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { debianChangelog } from '../packages/debian-package.ts';
import { closeToOthersWriting } from '../packages/file-modes.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('linux', import.meta.url));
/** What desktops know the app by: the same name for entry, icon, metadata and window. */
const desktopId = 'io.causeway.desktop';
/** What of the app’s directory may be run. */
const programs = ['causeway-desktop/causeway', 'chrome-sandbox', 'chrome_crashpad_handler'];

/** Lays the app’s directory out as it is installed in a system of Linux. */
export async function layOutDesktop(root: string, directory: string, version: string): Promise<void> {
  const at = (path: string): string => join(root, path);
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(at(to)), { recursive: true });
    await cp(from, at(to), { recursive: true });
  };
  const lib = 'usr/lib/causeway-desktop';
  const doc = 'usr/share/doc/causeway-desktop';
  await put(directory, lib);
  await put(join(here, `${desktopId}.desktop`), `usr/share/applications/${desktopId}.desktop`);
  for (const icon of await readdir(join(project, 'build/icons'))) {
    const size = /^(\d+x\d+)\.png$/.exec(icon)?.[1];
    // The largest that the icon theme specification’s directories name is 512.
    if (size !== undefined && size !== '1024x1024')
      await put(join(project, 'build/icons', icon), `usr/share/icons/hicolor/${size}/apps/${desktopId}.png`);
  }
  await put(join(project, 'build/icons/app.svg'), `usr/share/icons/hicolor/scalable/apps/${desktopId}.svg`);
  const metainfo = await readFile(join(here, `${desktopId}.metainfo.xml`), 'utf8');
  await mkdir(at('usr/share/metainfo'), { recursive: true });
  await writeFile(
    at(`usr/share/metainfo/${desktopId}.metainfo.xml`),
    metainfo.replace('@VERSION@', version).replace('@DATE@', new Date().toISOString().slice(0, 10)),
  );
  for (const name of ['third-party-licenses.txt', 'sbom.cdx.json'])
    await put(join(directory, 'resources/notices', name), `${doc}/${name}`);
  await put(join(directory, 'LICENSE'), `${doc}/LICENSE.electron.txt`);
  await put(join(directory, 'LICENSES.chromium.html'), `${doc}/LICENSES.chromium.html`);
  await put(join(here, 'copyright'), `${doc}/copyright`);
  await put(join(here, 'lintian-overrides'), 'usr/share/lintian/overrides/causeway-desktop');
  await writeFile(at(`${doc}/changelog.gz`), debianChangelog('causeway-desktop', version));
  await writeFile(at(`${doc}/NEWS.gz`), gzipSync(await readFile(join(project, 'CHANGELOG.md')), { level: 9 }));
  await mkdir(at('usr/bin'), { recursive: true });
  await symlink('../lib/causeway-desktop/causeway', at('usr/bin/causeway-desktop'));
  await closeToOthersWriting(root, programs);
}
