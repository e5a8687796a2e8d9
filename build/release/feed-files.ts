import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedFile, FeedPlatform } from '../../client/updates/feed-metadata.ts';

const kinds = [
  { platform: 'win', pattern: /\.exe$/ },
  { platform: 'mac', pattern: /^causeway-\d[-.\w]*-mac[-.\w]*\.zip$/ },
  { platform: 'linux', pattern: /\.AppImage$/ },
] as const;

/** Which system’s app updates itself with a file; null for packages that others install. */
export function feedPlatformOf(name: string): FeedPlatform | null {
  return kinds.find(({ pattern }) => pattern.test(name))?.platform ?? null;
}

/** Metadata and its signature: signed anew for each step of a rollout, so no list of sums has them. */
export function isFeedMetadata(name: string): boolean {
  return /\.yml(?:\.minisig)?$/.test(name);
}

/** The files of a folder by which the app updates itself, with what is signed of each. */
export async function feedFiles(folder: string): Promise<ReadonlyMap<FeedPlatform, readonly FeedFile[]>> {
  const found = new Map<FeedPlatform, FeedFile[]>();
  for (const name of (await readdir(folder)).toSorted()) {
    const platform = feedPlatformOf(name);
    if (platform !== null) found.set(platform, [...(found.get(platform) ?? []), await describe(folder, name)]);
  }
  return found;
}

async function describe(folder: string, name: string): Promise<FeedFile> {
  const { size } = await stat(join(folder, name));
  return { url: name, sha512: await sha512Of(join(folder, name)), size, arch: archOf(name) };
}

/** SHA-512 of a file in base64, as metadata has it. */
export async function sha512Of(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('base64');
}

function archOf(name: string): FeedFile['arch'] {
  if (/universal/.test(name)) return 'universal';
  return /arm64|aarch64/.test(name) ? 'arm64' : 'x64';
}
