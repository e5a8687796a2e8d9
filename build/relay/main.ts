import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version as ownVersion } from '../../shared/version.ts';
import { buildConsole } from '../build-console.ts';
import { installedKilobytes } from '../packages/installed-size.ts';
import { moveToHandOver } from '../release/hand-over.ts';
import { finishLinuxFiles } from '../signing/finish-files.ts';
import { signingSettings } from '../signing/signing-settings.ts';
import { makeDeb } from './make-deb.ts';
import { makeRpm } from './make-rpm.ts';
import { stageRelay } from './stage-relay.ts';

// `npm run package:relay`: a directory with the relay, its Node and all that it needs, and packages of it for Debian and,
// where there is rpmbuild, for RPM, signed where there is a key.
// `--dir` stops at the directory, `--sign-later` leaves what is made in `handed`, for `npm run release -- sign`, `--version` calls it otherwise than the sources do.
// `--prove` installs, runs, upgrades and purges it in a clean root of a Debian (`--release`) instead.
const project = fileURLToPath(new URL('../..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    out: { type: 'string', default: join(project, 'out') },
    prove: { type: 'boolean', default: false },
    release: { type: 'string', default: 'bookworm' },
    'sign-later': { type: 'boolean', default: false },
    version: { type: 'string', default: ownVersion },
  },
});
const { out, version } = options;

if (options.prove) {
  const proof = spawnSync(
    process.execPath,
    [join(project, 'test/deploy/prove-package.ts'), '--release', options.release],
    { stdio: 'inherit' },
  );
  process.exit(proof.status ?? 1);
}

const name = `causeway-relay-${version}-${process.platform}-${process.arch}`;
await buildConsole();
const staged = await stageRelay(join(out, name), { version });
const kilobytes = await installedKilobytes(staged.dir);
console.log(`${staged.dir}: ${((kilobytes * 1024) / 1e6).toFixed(1)} MB`);
if (!options.dir) {
  const [deb, rpm] = [await makeDeb(staged, version, out), await makeRpm(staged, version, out)];
  if (rpm === null) console.log('Without an RPM: there is no rpmbuild here.');
  const made = rpm === null ? [deb] : [deb, rpm];
  const finished = options['sign-later']
    ? await moveToHandOver(out, made)
    : await finishLinuxFiles(made, signingSettings().linux);
  for (const file of finished) console.log(file);
}
