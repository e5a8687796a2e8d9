import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { checksumFile, readChecksums, sha256Of } from '../packages/checksums.ts';
import { type FeedKey, readFeedKey } from '../../client/updates/minisign.ts';
import { signatureEnding } from '../signing/sign-linux.ts';
import { isFeedMetadata } from './feed-files.ts';
import { verifyApp, wrongNotices } from './verify-app.ts';
import { verifyFeed } from './verify-feed.ts';
import { type SignatureFindings, type Signers, verifySignatures, wrongDetached } from './verify-signatures.ts';

/**
 * Looks at a folder of a release: checksums, signatures, versions, the feed by which the app updates itself, and inside the
 * Debian packages archive, fuses, licences and lists.
 * @returns what is wrong, in sentences, and what can’t be looked at here; both empty when all is well
 */
export async function verifyRelease(
  folder: string,
  version: string,
  signers: Signers = {},
): Promise<SignatureFindings> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== checksumFile && !entry.name.endsWith(signatureEnding))
    .filter(({ name }) => !isFeedMetadata(name))
    .map(({ name }) => name)
    .toSorted();
  const signatures = verifySignatures(folder, names, signers);
  const problems = [
    ...(await wrongSums(folder, names)),
    ...(await wrongSignatureOfSums(folder, names, signers)),
    ...names.flatMap((name) => wrongName(name, version)),
    ...signatures.problems,
    ...(await verifyFeed(folder, { keys: feedKeysIn(signers.feedKeys), version, nowMs: Date.now() })),
  ];
  for (const name of names.filter((each) => each.endsWith('.deb')))
    problems.push(...(await wrongInDeb(join(folder, name), version)).map((problem) => `${name}: ${problem}`));
  return { problems, notLookedAt: signatures.notLookedAt };
}

/** Keys in the form that builds take them. */
function feedKeysIn(text = ''): readonly FeedKey[] {
  return text
    .split(/[\s,]+/)
    .filter((key) => key !== '')
    .map(readFeedKey);
}

/** Where any file is signed for Linux, so is the list: it is what ties the others to the release. */
async function wrongSignatureOfSums(
  folder: string,
  names: readonly string[],
  signers: Signers,
): Promise<readonly string[]> {
  const hasSignatures = (await readdir(folder)).some((name) => name.endsWith(signatureEnding));
  const isDemanded = hasSignatures || signers.demandSigned === true;
  return names.length > 0 && isDemanded ? wrongDetached(checksumFile, join(folder, checksumFile), signers) : [];
}

async function wrongSums(folder: string, names: readonly string[]): Promise<readonly string[]> {
  let sums: ReadonlyMap<string, string>;
  try {
    sums = await readChecksums(folder);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const problems = [...sums.keys()].filter((name) => !names.includes(name)).map((name) => `${name} is missing.`);
  for (const name of names) {
    const sum = sums.get(name);
    if (sum === undefined) problems.push(`${name} isn’t in ${checksumFile}.`);
    else if (sum !== (await sha256Of(join(folder, name)))) problems.push(`${name} isn’t what ${checksumFile} says.`);
  }
  return problems;
}

function wrongName(name: string, version: string): readonly string[] {
  const said = /\d+\.\d+\.\d+/.exec(name)?.[0];
  return said === version ? [] : [`${name} is of version ${said ?? 'none'}, not ${version}.`];
}

async function wrongInDeb(path: string, version: string): Promise<readonly string[]> {
  const field = spawnSync('dpkg-deb', ['--field', path, 'Version'], { encoding: 'utf8' });
  if (field.status !== 0) return [`dpkg-deb can’t read it: ${field.error?.message ?? field.stderr.trim()}.`];
  const problems = field.stdout.trim() === version ? [] : [`It says version ${field.stdout.trim()}, not ${version}.`];
  const root = await mkdtemp(join(tmpdir(), 'causeway-release-'));
  try {
    const unpacked = spawnSync('dpkg-deb', ['--extract', path, root], { encoding: 'utf8' });
    if (unpacked.status !== 0) return [...problems, `It can’t be unpacked: ${unpacked.stderr.trim()}.`];
    const [name = ''] = basename(path).split('_', 1);
    const inside =
      name === 'causeway-desktop'
        ? await verifyApp(join(root, 'usr/lib/causeway-desktop'), version)
        : await wrongNotices(join(root, 'usr/share/doc', name));
    return [...problems, ...inside];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
