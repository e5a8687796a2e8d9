import { feedAddress } from '../client/updates/fetch-from-feed.ts';
import { readFeedKey } from '../client/updates/minisign.ts';

/**
 * What a build is made with for its updates, from the environment: the feed’s address (`CAUSEWAY_UPDATE_URL`), the public keys
 * that may sign its metadata (`CAUSEWAY_UPDATE_KEYS`, minisign’s form, by commas) and the publishers whose signature Windows
 * demands (`CAUSEWAY_WINDOWS_PUBLISHER`, several by semicolons). Without keys, the app takes no updates and says so.
 * @throws Error when a key or the address can’t be used: nobody is to find that out on people’s computers
 */
export function updatesOfBuild(environment: Readonly<Record<string, string | undefined>>): {
  readonly feed: string;
  readonly keys: string;
  readonly publishers: string;
} {
  const feed = environment['CAUSEWAY_UPDATE_URL'] ?? '';
  const keys = environment['CAUSEWAY_UPDATE_KEYS'] ?? '';
  if (feed !== '') feedAddress(feed);
  for (const key of keys.split(/[\s,]+/)) if (key !== '') readFeedKey(key);
  return { feed, keys, publishers: environment['CAUSEWAY_WINDOWS_PUBLISHER'] ?? '' };
}
