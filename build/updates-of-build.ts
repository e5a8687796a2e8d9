/**
 * What a build is made with for its updates, from the environment: the feed’s address (`CAUSEWAY_UPDATE_URL`), the public keys
 * that may sign its metadata (`CAUSEWAY_UPDATE_KEYS`, minisign’s form, by commas) and the publishers whose signature Windows
 * demands (`CAUSEWAY_WINDOWS_PUBLISHER`, several by semicolons). Without keys, the app takes no updates and says so.
 */
export function updatesOfBuild(environment: Readonly<Record<string, string | undefined>>): {
  readonly feed: string;
  readonly keys: string;
  readonly publishers: string;
} {
  return {
    feed: environment['CAUSEWAY_UPDATE_URL'] ?? '',
    keys: environment['CAUSEWAY_UPDATE_KEYS'] ?? '',
    publishers: environment['CAUSEWAY_WINDOWS_PUBLISHER'] ?? '',
  };
}
