import { readNamed } from '../../named/named-source.ts';
import { readStorage } from './read-storage.ts';
import type { PostgresSettings } from './postgres-settings.ts';

/**
 * The same place with user, password and certificates as the files that the config names have them now: who makes new connections
 * learns of a change without a restart. What can’t be read, or names another place, changes nothing.
 */
export async function signInNow(settings: PostgresSettings): Promise<PostgresSettings> {
  const { from } = settings;
  if (from === undefined) return settings;
  const options = { folder: from.folder, env: process.env };
  try {
    const now = await readStorage(from.text, from.folder, async (name, isSecret) => {
      const { text } = await readNamed(name, isSecret, options);
      return text;
    });
    return isSamePlace(now, settings) ? now : settings;
  } catch {
    // A file may be on its way; what was known before is tried.
    return settings;
  }
}

/** Whether both are one database, whoever signs in there. */
export function isSamePlace(one: PostgresSettings, other: PostgresSettings): boolean {
  return (
    one.host === other.host &&
    one.port === other.port &&
    one.database === other.database &&
    (one.tls === null) === (other.tls === null) &&
    one.from?.text === other.from?.text
  );
}
