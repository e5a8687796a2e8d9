import type { HttpClient } from '../network/http-client.ts';
import {
  type FeedMetadata,
  maxMetadataBytes,
  maxSignatureBytes,
  metadataName,
  readMetadata,
  signatureName,
} from './feed-metadata.ts';
import { fetchFromFeed, readBounded } from './fetch-from-feed.ts';
import { judgeUpdate, type UpdateCircumstances, type UpdateVerdict } from './judge-update.ts';
import { checkSignature, type FeedKey } from './minisign.ts';
import { UpdateFailure } from './update-failure.ts';

const defaultTimeoutMs = 15_000;

export interface FeedQuestion {
  readonly http: HttpClient;
  /** Ends in a slash. */
  readonly feed: URL;
  readonly keys: readonly FeedKey[];
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What the feed says, signed, and what it means here. */
export interface CheckedOffer {
  readonly metadata: FeedMetadata;
  readonly verdict: UpdateVerdict;
}

/**
 * Asks the feed what there is. Nothing of the metadata is looked at before its signature is known to be good.
 * @throws UpdateFailure with the reason, and nothing is taken
 */
export async function checkForUpdate(
  question: FeedQuestion,
  circumstances: UpdateCircumstances,
): Promise<CheckedOffer> {
  const name = metadataName(circumstances.channel, circumstances.platform);
  const bytes = await read(question, name, maxMetadataBytes);
  const signature = await readSignature(question, name);
  checkSignature(bytes, signature, question.keys);
  const metadata = readMetadata(bytes);
  return { metadata, verdict: judgeUpdate(metadata, circumstances) };
}

async function readSignature(question: FeedQuestion, name: string): Promise<string> {
  try {
    return (await read(question, signatureName(name), maxSignatureBytes)).toString();
  } catch (error) {
    if (!(error instanceof UpdateFailure) || error.reason !== 'feed-answer') throw error;
    throw new UpdateFailure('unsigned', `There is no signature: ${error.message}`, { cause: error });
  }
}

async function read({ http, feed, timeoutMs, signal }: FeedQuestion, name: string, maxBytes: number): Promise<Buffer> {
  const url = new URL(name, feed);
  const response = await fetchFromFeed(http, url, {
    timeoutMs: timeoutMs ?? defaultTimeoutMs,
    headers: { 'cache-control': 'no-cache' },
    ...(signal === undefined ? {} : { signal }),
  });
  return await readBounded(response, url, maxBytes);
}
