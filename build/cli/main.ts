import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version as ownVersion } from '../../shared/version.ts';
import { zipFolder } from '../packages/zip-folder.ts';
import { handedFolder, moveToHandOver, packFolder } from '../release/hand-over.ts';
import { finishLinuxFiles } from '../signing/finish-files.ts';
import { signingSettings } from '../signing/signing-settings.ts';
import { signDirectory } from '../signing/sign-windows.ts';
import { systemName } from './launcher.ts';
import { makeCliDeb, makeCliRpm } from './make-packages.ts';
import { stageCli } from './stage-cli.ts';

// `npm run package:cli`: a directory with the command line, its Node and all that it needs, a ZIP of it, and on Linux packages
// for Debian and, where there is rpmbuild, for RPM, signed where there is a key. `--dir` stops at the directory; `--sign-later`
// signs nothing and says nowhere that nothing is signed: files, or on Windows the directory, stand in `handed`, for `npm run release -- sign`.
const { values: options } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    'sign-later': { type: 'boolean', default: false },
    out: { type: 'string', default: join(fileURLToPath(new URL('../..', import.meta.url)), 'out') },
    version: { type: 'string', default: ownVersion },
  },
});
const { out, version } = options;
const { linux, windows } = signingSettings();

const name = `causeway-cli-${version}-${systemName()}-${process.arch}`;
const staged = await stageCli(join(out, name), { version });
const isSignedLater = options['sign-later'];
if (process.platform === 'win32' && windows !== null && !isSignedLater) signDirectory(staged.dir, windows);
console.log(staged.dir);
if (isSignedLater && process.platform === 'win32') await packFolder(staged.dir, join(out, handedFolder, 'cli.tar'));
else if (!options.dir) {
  const zip = join(out, `${name}.zip`);
  await zipFolder(staged.dir, zip, `${name}/`);
  const packages =
    process.platform === 'linux'
      ? [await makeCliDeb(staged, version, out), await makeCliRpm(staged, version, out)]
      : [];
  if (packages.includes(null)) console.log('Without an RPM: there is no rpmbuild here.');
  const made = [zip, ...packages.filter((path) => path !== null)];
  for (const file of isSignedLater ? await moveToHandOver(out, made) : await finishLinuxFiles(made, linux))
    console.log(file);
}
