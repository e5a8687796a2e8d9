import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  channelPattern,
  feedProduct,
  type FeedMetadata,
  metadataName,
  readMetadata,
  signatureName,
} from '../../client/updates/feed-metadata.ts';
import { checkSignature, type FeedKey } from '../../client/updates/minisign.ts';
import { UpdateFailure } from '../../client/updates/update-failure.ts';
import { feedPlatformOf, sha512Of } from './feed-files.ts';

export interface FeedExpectations {
  /** Keys that the released app is built with; without any, no signature can be good. */
  readonly keys: readonly FeedKey[];
  /** What every file of metadata must offer; without it, whatever it offers. */
  readonly version?: string;
  readonly nowMs: number;
}

/**
 * Looks at a folder as the app would that updates itself from it: signatures, dates, names, sizes and hashes.
 * @returns what is wrong, in sentences; empty when all is well, and for a folder without a feed
 */
export async function verifyFeed(folder: string, expected: FeedExpectations): Promise<readonly string[]> {
  const names = await readdir(folder);
  const offered = names.filter((name) => name.endsWith('.yml'));
  const problems = names
    .filter((name) => name.endsWith('.minisig') && !names.includes(name.slice(0, -'.minisig'.length)))
    .map((name) => `${name} signs nothing that is here.`);
  const listed = new Set<string>();
  for (const name of offered) {
    const { metadata, problem } = await readOffer(folder, name, expected);
    if (problem !== null) problems.push(`${name}: ${problem}`);
    if (metadata === null) continue;
    problems.push(...wrongOffer(name, metadata, expected).map((each) => `${name}: ${each}`));
    for (const file of metadata.files) {
      listed.add(file.url);
      problems.push(...(await wrongFile(folder, file)).map((each) => `${name}: ${each}`));
    }
  }
  if (offered.length === 0) return problems;
  const unlisted = names.filter((name) => feedPlatformOf(name) !== null && !listed.has(name));
  return [...problems, ...unlisted.map((name) => `${name} is in no metadata of the feed.`)];
}

async function readOffer(
  folder: string,
  name: string,
  { keys }: FeedExpectations,
): Promise<{ readonly metadata: FeedMetadata | null; readonly problem: string | null }> {
  const bytes = await readFile(join(folder, name));
  let problem: string | null = null;
  try {
    const signature = await readFile(join(folder, signatureName(name)), 'utf8').catch(() => '');
    checkSignature(bytes, signature, keys);
  } catch (error) {
    problem = failureText(error);
  }
  try {
    return { metadata: readMetadata(bytes), problem };
  } catch (error) {
    return { metadata: null, problem: problem ?? failureText(error) };
  }
}

function wrongOffer(name: string, metadata: FeedMetadata, { version, nowMs }: FeedExpectations): readonly string[] {
  const { channel, platform, product } = metadata;
  const problems: string[] = [];
  if (product !== feedProduct) problems.push(`It is of ${product}, not of ${feedProduct}.`);
  if (!channelPattern.test(channel) || metadataName(channel, platform) !== name)
    problems.push(`It is of the channel ${channel} for ${platform}, which has another name.`);
  if (version !== undefined && metadata.version !== version)
    problems.push(`It offers version ${metadata.version}, not ${version}.`);
  if (metadata.expires <= nowMs) problems.push(`It was good until ${new Date(metadata.expires).toISOString()}.`);
  return problems;
}

async function wrongFile(folder: string, { url, size, sha512 }: FeedMetadata['files'][number]): Promise<string[]> {
  const path = join(folder, url);
  const found = await stat(path).catch(() => null);
  if (found === null) return [`${url} is missing.`];
  if (found.size !== size) return [`${url} has ${found.size} bytes, not ${size}.`];
  return (await sha512Of(path)) === sha512 ? [] : [`${url} isn’t the file whose hash was signed.`];
}

function failureText(error: unknown): string {
  if (!(error instanceof UpdateFailure)) throw error;
  return `${error.reason}: ${error.message}`;
}
