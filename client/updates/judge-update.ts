import { createHash } from 'node:crypto';
import { coerce, gt, lt } from 'semver';
import type { PassedOverReason } from '../../shared/app-update.ts';
import { type FeedFile, type FeedMetadata, type FeedPlatform, feedProduct } from './feed-metadata.ts';
import { UpdateFailure } from './update-failure.ts';

/** What an offer is judged by. Times are milliseconds since the epoch. */
export interface UpdateCircumstances {
  readonly installed: string;
  readonly channel: string;
  readonly platform: FeedPlatform;
  readonly arch: string;
  /** Version of the system’s kernel, as `os.release()` has it. */
  readonly systemVersion: string;
  readonly nowMs: number;
  /** When the newest metadata of the channel that was ever taken was signed; null before the first. */
  readonly newestSignedAtMs: number | null;
  /** Random, and the same for as long as the app is installed. */
  readonly installId: string;
  /** A relay doesn’t take the installed version any more: it doesn’t wait for its turn. */
  readonly isRequired: boolean;
}

export type UpdateVerdict =
  | { readonly verdict: 'take'; readonly file: FeedFile }
  | { readonly verdict: 'pass-over'; readonly reason: PassedOverReason };

/**
 * Whether an offer whose signature is good is for this computer. Pure. @throws UpdateFailure when it must not be taken:
 * `wrong-product`, `wrong-channel`, `expired`, `replayed`, `no-file`
 */
export function judgeUpdate(metadata: FeedMetadata, circumstances: UpdateCircumstances): UpdateVerdict {
  const { installed, channel, platform, nowMs, newestSignedAtMs } = circumstances;
  const { version, expires, signedAt } = metadata;
  if (metadata.product !== feedProduct || metadata.platform !== platform)
    throw new UpdateFailure(
      'wrong-product',
      `It is ${metadata.product} for ${metadata.platform}, not for ${platform}.`,
    );
  if (metadata.channel !== channel)
    throw new UpdateFailure('wrong-channel', `It is of the channel ${metadata.channel}, not ${channel}.`);
  if (expires <= nowMs)
    throw new UpdateFailure('expired', `The metadata was good until ${new Date(expires).toISOString()}.`);
  if (newestSignedAtMs !== null && signedAt < newestSignedAtMs)
    throw new UpdateFailure(
      'replayed',
      `It was signed at ${new Date(signedAt).toISOString()}; the feed had some of ${new Date(newestSignedAtMs).toISOString()} before.`,
    );
  if (lt(version, installed)) return { verdict: 'pass-over', reason: 'older' };
  if (!gt(version, installed)) return { verdict: 'pass-over', reason: 'same' };
  if (isSystemTooOld(metadata, circumstances)) return { verdict: 'pass-over', reason: 'system-too-old' };
  // At 0 % a version is stopped, which no relay’s word undoes.
  const hurries = circumstances.isRequired && metadata.stagingPercentage > 0;
  if (!hurries && rolloutPlace(circumstances.installId, version) >= metadata.stagingPercentage)
    return { verdict: 'pass-over', reason: 'not-yet' };
  const file = fileFor(metadata, circumstances);
  if (file === undefined)
    throw new UpdateFailure('no-file', `It has no file for ${platform} on ${circumstances.arch} computers.`);
  return { verdict: 'take', file };
}

/**
 * Where a computer stands in the rollout of a version, from 0 to below 100: the same for good, and another one for each
 * version, so that it isn’t always the same people who come first.
 */
export function rolloutPlace(installId: string, version: string): number {
  return (createHash('sha256').update(`${installId}\n${version}`).digest().readUInt32BE(0) / 2 ** 32) * 100;
}

function isSystemTooOld({ minimumSystemVersion }: FeedMetadata, { systemVersion }: UpdateCircumstances): boolean {
  const [has, needs] = [coerce(systemVersion), coerce(minimumSystemVersion)];
  return has !== null && needs !== null && lt(has, needs);
}

const extensions = { win: '.exe', mac: '.zip', linux: '.AppImage' } as const;

function fileFor({ files }: FeedMetadata, { platform, arch }: UpdateCircumstances): FeedFile | undefined {
  const fitting = files.filter(({ url }) => url.endsWith(extensions[platform]));
  return fitting.find((file) => file.arch === arch) ?? fitting.find((file) => file.arch === 'universal');
}
