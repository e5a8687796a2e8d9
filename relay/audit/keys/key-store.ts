import type { DatabaseSync } from 'node:sqlite';
import { openKeyDatabase } from './key-database.ts';
import { newPersonalKey, type PersonalKey } from './sealed-value.ts';

/** A person as far as keys tell people apart. */
export interface KeyedPerson {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
}

/** What is sealed when records are written. */
export interface SealingSettings {
  /** Each person's fields, under a key of the person. */
  readonly erasable: boolean;
  /** Refused sign-ins, under a key of the day that stays for so many days; not at all when undefined. */
  readonly refusedDays: number | undefined;
}

/** A person's key with all that the person is called, as records may say it. */
export interface PersonsKey extends PersonalKey {
  readonly names: readonly string[];
}

/**
 * Keys as who writes the audit uses them. What it makes is durable once `settle` has returned: before any record that
 * needs it. Every function is synchronous and throws what the store throws.
 */
export interface KeyStore {
  ofPerson(person: KeyedPerson): PersonsKey;
  /** Of somebody who has one already. */
  knownPerson(person: Pick<KeyedPerson, 'issuer' | 'subject'>): PersonsKey | undefined;
  /** Of the only person who is called so, by subject or user name; undefined when there are several. */
  knownName(name: string): PersonsKey | undefined;
  ofDay(day: number): PersonalKey;
  /** Throws away the keys of days before this one; how many there were. */
  dropDaysBefore(day: number): number;
  settle(): void;
  /** Whether another process has changed anything since this was asked last, such as thrown a key away. */
  didChange(): boolean;
  close(): void;
}

/** What was set when a relay ran last, for who writes an audit without its config. */
function lastSettings(database: DatabaseSync): SealingSettings {
  const row = database.prepare('SELECT erasable, refused_days FROM setting').get();
  const days = row?.['refused_days'];
  return { erasable: row?.['erasable'] === 1, refusedDays: typeof days === 'number' ? days : undefined };
}

/**
 * Opens or makes the keys of a data folder. Relays that share a storage each have all keys of people here, which
 * {@link exchangeKeys} keeps the same: nobody waits for the storage. Without settings, those of the relay that ran last go on.
 */
export function openKeyStore(
  path: string,
  given?: SealingSettings,
): { readonly keys: KeyStore; readonly settings: SealingSettings } {
  const database = openKeyDatabase(path);
  try {
    const settings = given ?? lastSettings(database);
    database
      .prepare('UPDATE setting SET erasable = ?1, refused_days = ?2 WHERE erasable IS NOT ?1 OR refused_days IS NOT ?2')
      .run(Number(settings.erasable), settings.refusedDays ?? null);
    return { keys: keyStore(database), settings };
  } catch (error) {
    database.close();
    throw error;
  }
}

function keyStore(database: DatabaseSync): KeyStore {
  // Of several, the same one at every relay that knows them.
  const find = database.prepare('SELECT id, key FROM person WHERE issuer = ? AND subject = ? ORDER BY id LIMIT 1');
  const add = database.prepare('INSERT INTO person (id, issuer, subject, key, made_ms) VALUES (?, ?, ?, ?, ?)');
  const namesOf = database.prepare(
    `SELECT DISTINCT name FROM person AS one JOIN person AS other USING (issuer, subject) JOIN name ON name.person = other.id
     WHERE one.id = ?`,
  );
  const addName = database.prepare('INSERT OR IGNORE INTO name (name, person) VALUES (?, ?)');
  const named = database.prepare(
    `SELECT min(person.id) AS id, issuer, subject FROM name JOIN person ON person.id = name.person WHERE name.name = ?
     GROUP BY issuer, subject LIMIT 2`,
  );
  const findDay = database.prepare('SELECT id, key FROM day WHERE day = ?');
  const addDay = database.prepare('INSERT INTO day (day, id, key) VALUES (?, ?, ?)');
  const oldDays = database.prepare('SELECT id FROM day WHERE day < ? ORDER BY day');
  const dropDays = database.prepare('DELETE FROM day WHERE day < ?');
  const noteErased = database.prepare('INSERT INTO erased (id, time_ms) VALUES (?, ?)');
  const dataVersion = database.prepare('PRAGMA data_version');
  let version = dataVersion.get()?.['data_version'];

  const begin = (): void => {
    if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
  };
  const settle = (): void => {
    if (database.isTransaction) database.exec('COMMIT');
  };
  const withNames = (row: Row): PersonsKey | undefined => {
    const key = keyOf(row);
    if (key === undefined) return undefined;
    return { ...key, names: namesOf.all(key.id).map((found) => String(found['name'])) };
  };

  return {
    ofPerson({ issuer, subject, username }) {
      let found = withNames(find.get(issuer, subject));
      if (found === undefined) {
        begin();
        const made = newPersonalKey();
        add.run(made.id, issuer, subject, made.key, Date.now());
        addName.run(subject, made.id);
        found = { ...made, names: [subject] };
      }
      if (username === '' || found.names.includes(username)) return found;
      begin();
      addName.run(username, found.id);
      return { ...found, names: [...found.names, username] };
    },
    knownPerson: ({ issuer, subject }) => withNames(find.get(issuer, subject)),
    knownName(name) {
      const [only, ...others] = named.all(name);
      if (only === undefined || others.length > 0) return undefined;
      return withNames(find.get(String(only['issuer']), String(only['subject'])));
    },
    ofDay(day) {
      const found = keyOf(findDay.get(day));
      if (found !== undefined) return found;
      begin();
      const made = newPersonalKey();
      addDay.run(day, made.id, made.key);
      return made;
    },
    dropDaysBefore(day) {
      const old = oldDays.all(day);
      if (old.length === 0) return 0;
      begin();
      for (const row of old) noteErased.run(String(row['id']), Date.now());
      dropDays.run(day);
      settle();
      return old.length;
    },
    settle,
    didChange() {
      const current = dataVersion.get()?.['data_version'];
      const did = current !== version;
      version = current;
      return did;
    },
    close: () => database.close(),
  };
}

type Row = Readonly<Record<string, unknown>> | undefined;

function keyOf(row: Row): PersonalKey | undefined {
  const key = row?.['key'];
  return key instanceof Uint8Array ? { id: String(row?.['id']), key } : undefined;
}
