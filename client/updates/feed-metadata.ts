import { valid } from 'semver';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { UpdateFailure } from './update-failure.ts';

/** Systems as the feed calls them. */
export const feedPlatforms = ['win', 'mac', 'linux'] as const;
export type FeedPlatform = (typeof feedPlatforms)[number];

/** What every file of metadata says it is about. */
export const feedProduct = 'causeway-desktop';

/** Nothing bigger is read of the feed’s metadata and of its signature. */
export const maxMetadataBytes = 65_536;
export const maxSignatureBytes = 4_096;

/** Names of channels, as in a file’s name. */
export const channelPattern = /^[a-z][a-z\d-]{0,30}$/;
/** A name and nothing else: no folder, no address, no quote, no space. */
const plainFileName = /^[A-Za-z\d][\w.+-]{0,199}$/;
const maxInstallerBytes = 2_147_483_648;

const dateTime = z.iso.datetime().transform((date) => Date.parse(date));
const notes = z.string().max(20_000);

const fileSchema = z.object({
  url: z.string().max(2_000),
  /** SHA-512 in base64. */
  sha512: z.string().regex(/^[A-Za-z\d+/]{86}==$/),
  size: z.int().positive().max(maxInstallerBytes),
  arch: z.enum(['x64', 'arm64', 'universal']),
});
export type FeedFile = z.infer<typeof fileSchema>;

/** One version for one system in one channel: all of it is signed, so that none of it can be said of another. */
const metadataSchema = z.object({
  product: z.string(),
  version: z.string().refine((version) => valid(version) === version, 'is no version'),
  channel: z.string(),
  platform: z.enum(feedPlatforms),
  releaseDate: dateTime,
  signedAt: dateTime,
  expires: dateTime,
  stagingPercentage: z.number().min(0).max(100).default(100),
  minimumSystemVersion: z.string().optional(),
  releaseNotes: z.object({ en: notes, de: notes.optional() }),
  files: z.array(fileSchema).min(1).max(20),
});
export type FeedMetadata = z.infer<typeof metadataSchema>;

/**
 * Name of the metadata’s file, as electron-updater names it: `latest.yml`, `latest-mac.yml`, `latest-linux.yml`. The channel
 * `stable` is called `latest` there.
 */
export function metadataName(channel: string, platform: FeedPlatform): string {
  const suffix = { win: '', mac: '-mac', linux: '-linux' }[platform];
  return `${channel === 'stable' ? 'latest' : channel}${suffix}.yml`;
}

/** The signature’s file beside it. */
export function signatureName(name: string): string {
  return `${name}.minisig`;
}

/**
 * Reads metadata whose signature was checked before. @throws UpdateFailure `malformed`, or `bad-file-name` for a file that
 * isn’t a plain name beside the metadata
 */
export function readMetadata(bytes: Uint8Array): FeedMetadata {
  let raw: unknown;
  try {
    raw = parseYaml(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { maxAliasCount: 0, schema: 'core' });
  } catch (cause) {
    throw new UpdateFailure('malformed', 'The metadata is no YAML.', { cause });
  }
  const parsed = metadataSchema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UpdateFailure('malformed', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  for (const { url } of parsed.data.files)
    if (!plainFileName.test(url) || url.includes('..'))
      throw new UpdateFailure('bad-file-name', `The file ${JSON.stringify(url.slice(0, 200))} is no plain name.`);
  return parsed.data;
}
