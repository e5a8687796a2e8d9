import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version as ownVersion } from '../../shared/version.ts';
import { buildConsole } from '../build-console.ts';
import { installedKilobytes } from './lay-out-system.ts';
import { makeDeb } from './make-deb.ts';
import { stageRelay } from './stage-relay.ts';

// `npm run package:relay`: a directory with the relay, its Node and all that it needs, and a Debian package of it.
// `--dir` stops at the directory.
const project = fileURLToPath(new URL('../..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    out: { type: 'string', default: join(project, 'out') },
    version: { type: 'string', default: ownVersion },
  },
});
const { out, version } = options;

const name = `causeway-relay-${version}-${process.platform}-${process.arch}`;
await buildConsole();
const staged = await stageRelay(join(out, name), { version });
const kilobytes = await installedKilobytes(staged.dir);
console.log(`${staged.dir}: ${((kilobytes * 1024) / 1e6).toFixed(1)} MB`);
if (!staged.hasConsole) console.log('The console isn’t in it: its pages aren’t built.');
if (!options.dir) console.log(await makeDeb(staged, version, out));
