import type { KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  channelPattern,
  feedProduct,
  maxMetadataBytes,
  metadataName,
  readMetadata,
  signatureName,
} from '../../client/updates/feed-metadata.ts';
import { signBytes } from '../../client/updates/minisign.ts';
import { feedFiles } from './feed-files.ts';

const dayMs = 86_400_000;

/** What is signed besides the files. */
export interface FeedRelease {
  readonly version: string;
  readonly channel: string;
  /** How many of a hundred computers take it; 100 for all. */
  readonly stagingPercentage: number;
  readonly notes: { readonly en: string; readonly de?: string };
  readonly validDays: number;
  readonly nowMs: number;
  /** When the version came out; without it, now. */
  readonly releasedMs?: number;
  readonly minimumSystemVersion?: string;
}

/**
 * Writes metadata and signature for each system that has an installer in the folder. @returns the names of what was written
 * @throws Error when there is nothing to sign, or what would be signed couldn’t be read by the app
 */
export async function signFeed(folder: string, release: FeedRelease, key: KeyObject): Promise<readonly string[]> {
  if (!channelPattern.test(release.channel)) throw new Error(`“${release.channel}” is no name of a channel.`);
  const signed = new Map<string, string | Buffer>();
  for (const [platform, files] of await feedFiles(folder)) {
    const foreign = files.find(({ url }) => !url.includes(release.version));
    if (foreign !== undefined) throw new Error(`${foreign.url} isn’t of version ${release.version}.`);
    const text = stringify({
      product: feedProduct,
      version: release.version,
      channel: release.channel,
      platform,
      releaseDate: new Date(release.releasedMs ?? release.nowMs).toISOString(),
      signedAt: new Date(release.nowMs).toISOString(),
      expires: new Date(release.nowMs + release.validDays * dayMs).toISOString(),
      stagingPercentage: release.stagingPercentage,
      ...(release.minimumSystemVersion === undefined ? {} : { minimumSystemVersion: release.minimumSystemVersion }),
      releaseNotes: release.notes,
      files,
    });
    const bytes = Buffer.from(text);
    if (bytes.length > maxMetadataBytes) throw new Error(`The metadata has more than ${maxMetadataBytes} bytes.`);
    readMetadata(bytes);
    const name = metadataName(release.channel, platform);
    const comment = `timestamp:${Math.floor(release.nowMs / 1000)}\tfile:${name}\thashed`;
    signed.set(name, bytes).set(signatureName(name), signBytes(bytes, key, comment));
  }
  if (signed.size === 0) throw new Error(`${folder} holds no installer by which the app updates itself.`);
  for (const [name, content] of signed) await writeFile(join(folder, name), content);
  return [...signed.keys()];
}

/** The notes of a version from files of plain text; German is left out where there is no file. */
export async function readNotes(
  english: string,
  german: string | undefined,
): Promise<{ readonly en: string; readonly de?: string }> {
  const en = (await readFile(english, 'utf8')).trim();
  return german === undefined ? { en } : { en, de: (await readFile(german, 'utf8')).trim() };
}
