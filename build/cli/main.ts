import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version as ownVersion } from '../../shared/version.ts';
import { zipFolder } from '../packages/zip-folder.ts';
import { makeCliDeb, makeCliRpm } from './make-packages.ts';
import { stageCli } from './stage-cli.ts';

// `npm run package:cli`: a directory with the command line, its Node and all that it needs, a ZIP of it, and packages for
// Debian and, where there is rpmbuild, for RPM. `--dir` stops at the directory.
const { values: options } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    out: { type: 'string', default: join(fileURLToPath(new URL('../..', import.meta.url)), 'out') },
    version: { type: 'string', default: ownVersion },
  },
});
const { out, version } = options;

const name = `causeway-cli-${version}-${process.platform}-${process.arch}`;
const staged = await stageCli(join(out, name), { version });
console.log(staged.dir);
if (!options.dir) {
  await zipFolder(staged.dir, join(out, `${name}.zip`), `${name}/`);
  console.log(join(out, `${name}.zip`));
  if (process.platform === 'linux') {
    console.log(await makeCliDeb(staged, version, out));
    console.log((await makeCliRpm(staged, version, out)) ?? 'Without an RPM: there is no rpmbuild here.');
  }
}
