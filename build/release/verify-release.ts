import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumFile, readChecksums, sha256Of } from '../packages/checksums.ts';
import { type FeedKey, readFeedKey } from '../../client/updates/minisign.ts';
import { signatureEnding } from '../signing/sign-linux.ts';
import { isFeedMetadata } from './feed-files.ts';
import { verifyFeed } from './verify-feed.ts';
import { verifyInside } from './verify-inside.ts';
import { type SignatureFindings, type Signers, verifySignatures, wrongDetached } from './verify-signatures.ts';

/**
 * Looks at a folder of a release: checksums, signatures, versions, the feed by which the app updates itself, and inside the
 * packages of Linux and Windows’ installers archive, fuses, licences and lists.
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
  const notLookedAt = [...signatures.notLookedAt];
  for (const name of names) {
    const inside = await verifyInside(join(folder, name), version);
    problems.push(...inside.problems);
    notLookedAt.push(...inside.notLookedAt);
  }
  return { problems, notLookedAt };
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
