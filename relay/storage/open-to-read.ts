import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** A log that a killed relay left is looked through by the first to open it, while others wait. */
const busyMs = 5000;

/**
 * Opens a database for reading only, also for someone who may not write in its folder.
 * @throws the system's error when it can't be read
 */
export function openToRead(path: string): DatabaseSync {
  try {
    const opened = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
    try {
      opened.prepare('SELECT count(*) FROM sqlite_schema').get();
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  } catch (error) {
    return openAtRest(path, error);
  }
}

/**
 * As {@link openToRead}, but makes no file beside the database, which would be of whoever reads it and in the way of whoever
 * writes it.
 * @throws the system's error when it can't be read
 */
export function openUntouched(path: string): DatabaseSync {
  return existsSync(`${path}-wal`) ? openToRead(path) : openImmutable(path);
}

/**
 * A database that was closed in order has no log beside it, and SQLite would have to make one to read it. Nobody writes
 * then: it can be read as a file that doesn't change (https://sqlite.org/uri.html#uriimmutable).
 */
function openAtRest(path: string, cause: unknown): DatabaseSync {
  if (existsSync(`${path}-wal`)) throw cause;
  return openImmutable(path);
}

function openImmutable(path: string): DatabaseSync {
  const location = pathToFileURL(path);
  location.searchParams.set('immutable', '1');
  return new DatabaseSync(location, { readOnly: true });
}
