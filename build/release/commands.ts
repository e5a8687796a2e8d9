import { appendFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from '../../shared/version.ts';
import { checksumFile } from '../packages/checksums.ts';
import { finishRelease, isSignedLater } from '../signing/finish-files.ts';
import { prepareSigning } from '../signing/prepare-signing.ts';
import { signatureEnding, signDetached } from '../signing/sign-linux.ts';
import { signingSettings } from '../signing/signing-settings.ts';
import { addToAptRepository } from './apt-repository.ts';
import { wrongTag } from './check-tag.ts';
import { isFeedMetadata } from './feed-files.ts';
import { sealHandOver } from './hand-over.ts';
import { addToRpmRepository } from './rpm-repository.ts';
import { signHanded } from './sign-handed.ts';
import { writeStoreManifests } from './store-manifests.ts';

// `npm run release -- COMMAND`, what the workflow of a release and who hosts one call; docs/release.md has the list.
const usage = `npm run release -- check-tag
npm run release -- prepare-signing
npm run release -- hand-over DIR
npm run release -- sign DIR OUT
npm run release -- sums DIR
npm run release -- apt-repository DIR REPOSITORY [--channel stable]
npm run release -- rpm-repository DIR REPOSITORY [--channel stable]
npm run release -- store-manifests DIR OUT --address https://… --publisher NAME`;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    channel: { type: 'string', default: 'stable' },
    address: { type: 'string' },
    publisher: { type: 'string' },
  },
});
const [command, from, to] = positionals;

if (command === 'check-tag') {
  const problem = wrongTag(process.env['GITHUB_REF_NAME'], version);
  if (problem !== null) fail(problem);
} else if (command === 'prepare-signing') {
  const folder = join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'causeway-signing');
  const variables = Object.entries(prepareSigning(process.env, folder)).map(([name, value]) => `${name}=${value}\n`);
  if (variables.length === 0)
    console.log('No key or certificate was given: what is made may say -unsigned in its name.');
  const target = process.env['GITHUB_ENV'];
  if (target === undefined) process.stdout.write(variables.join(''));
  else appendFileSync(target, variables.join(''));
} else if (command === 'hand-over' && from !== undefined) {
  const seal = await sealHandOver(from);
  const target = process.env['GITHUB_OUTPUT'];
  const name = process.env['CAUSEWAY_HANDED_NAME'] ?? 'seal';
  if (target !== undefined) appendFileSync(target, `${name}=${seal}\n`);
  console.log(seal);
} else if (command === 'sign' && from !== undefined && to !== undefined) {
  const seal = process.env['CAUSEWAY_HANDED_SEAL'] ?? '';
  for (const file of await signHanded({ from, seal, out: to, signing: signingSettings() })) console.log(file);
} else if (command === 'sums' && from !== undefined) {
  const isListed = (name: string): boolean =>
    name !== checksumFile && !name.endsWith(signatureEnding) && !isFeedMetadata(name);
  const names = (await readdir(from)).filter(isListed);
  const { linux } = signingSettings();
  // Made where there is no such key.
  for (const name of names.filter(isSignedLater)) if (linux !== null) signDetached(join(from, name), linux);
  await finishRelease(
    from,
    names.map((name) => join(from, name)),
    linux,
  );
} else if (command === 'apt-repository' && from !== undefined && to !== undefined) {
  const { linux } = signingSettings();
  if (linux === null) fail('apt takes no repository that nobody has signed: CAUSEWAY_GPG_KEY names the key.');
  await addToAptRepository(from, { repository: to, channel: values.channel, signing: linux });
} else if (command === 'rpm-repository' && from !== undefined && to !== undefined) {
  const { linux } = signingSettings();
  if (linux === null) fail('dnf is to take no repository that nobody has signed: CAUSEWAY_GPG_KEY names the key.');
  await addToRpmRepository(from, { repository: to, channel: values.channel, signing: linux });
} else if (command === 'store-manifests' && from !== undefined && to !== undefined) {
  const { address, publisher } = values;
  if (address === undefined || publisher === undefined) fail(usage, 2);
  for (const file of await writeStoreManifests(from, to, { version, address, publisher })) console.log(file);
} else fail(usage, 2);

function fail(problem: string, code = 1): never {
  console.error(problem);
  process.exit(code);
}
