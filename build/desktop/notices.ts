import { createRequire } from 'node:module';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuiltApp, sourcesOfApp } from '../build-app.ts';
import { needsNativeModules } from '../native-modules.ts';
import { billOfMaterials } from '../packages/bill-of-materials.ts';
import { librariesOf, thirdPartyText } from '../packages/third-party.ts';

const require = createRequire(import.meta.url);

/** Where packaging takes them from; the folder is put beside the app's archive. */
export const noticesFolder = fileURLToPath(
  new URL('../../node_modules/.cache/causeway-notices/notices', import.meta.url),
);

/** Styles are made by a library that no bundle names. */
const besideBundles = ['tailwindcss/package.json'];

/** Writes the licences of all libraries in the app, and the list of what is inside. */
export async function writeNotices(app: BuiltApp, version: string, folder = noticesFolder): Promise<void> {
  const addOns = needsNativeModules() ? ['koffi/indirect'] : [];
  const sources = [...(await sourcesOfApp(app)), ...[...besideBundles, ...addOns].map((name) => require.resolve(name))];
  const libraries = librariesOf(sources);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'third-party-licenses.txt'), thirdPartyText('Causeway’s desktop app', libraries));
  await writeFile(join(folder, 'sbom.cdx.json'), await billOfMaterials('causeway-desktop', version, libraries));
}
