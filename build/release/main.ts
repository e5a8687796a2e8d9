import { parseArgs } from 'node:util';
import { version } from '../../shared/version.ts';
import { verifyRelease } from './verify-release.ts';

// `npm run verify-release DIR`: whether what stands in a folder is a release that may be given to people. `--release-key FILE`,
// `--windows-publisher NAME`, `--windows-authorities FILE` and `--feed-keys KEYS` say whose signatures count, `--demand-signed`
// refuses files that say they have none. Exit code 1 with a sentence for each fault, 2 without a folder.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'release-key': { type: 'string' },
    'windows-publisher': { type: 'string' },
    'windows-authorities': { type: 'string' },
    'feed-keys': { type: 'string' },
    'demand-signed': { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('Say which folder: npm run verify-release -- out');
  process.exit(2);
}
const { problems, notLookedAt } = await verifyRelease(folder, version, {
  releaseKey: values['release-key'],
  windowsPublisher: values['windows-publisher'],
  windowsAuthorities: values['windows-authorities'],
  feedKeys: values['feed-keys'],
  demandSigned: values['demand-signed'],
});
for (const problem of problems) console.error(problem);
for (const what of notLookedAt) console.log(`Not looked at: ${what}`);
if (problems.length > 0) process.exit(1);
console.log(`${folder} holds version ${version} as it was made.`);
