import { version } from '../../shared/version.ts';
import { verifyRelease } from './verify-release.ts';

// `npm run verify-release DIR`: whether what stands in a folder is a release that may be given to people. Exit code 1 with a
// sentence for each fault, 2 without a folder.
const folder = process.argv[2];
if (folder === undefined) {
  console.error('Say which folder: npm run verify-release -- out');
  process.exit(2);
}
const problems = await verifyRelease(folder, version);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${folder} holds version ${version} as it was made.`);
