import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inTransaction } from '../storage/in-transaction.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import { openToRead } from '../storage/open-to-read.ts';
import { type Credentials, credentialsSchema, type StoredAccount } from './account.ts';

/** Things that live for minutes or hours and are used once. */
export type ItemKind = 'flow' | 'code' | 'invitation' | 'used-invitation' | 'approval';

/** Wrong answers in a row. */
export interface Failures {
  readonly count: number;
  readonly lastAtMs: number;
}

/** An invitation by the hash of its id. */
export interface KeptInvitation {
  readonly id: string;
  readonly payload: string;
  readonly expiresAtMs: number;
  readonly isUsed: boolean;
}

/** What break-glass keeps in the data folder. Each call is one transaction; several processes may have it open. */
export interface BreakGlassStore {
  accounts(): readonly StoredAccount[];
  account(name: string): StoredAccount | null;
  /** Changes an account, as it is then; a note of it goes into the audit with the next look of the relay. */
  change(name: string, change: (before: StoredAccount) => Partial<StoredAccount> | null, note?: string): boolean;
  /** Keeps that something was used, which decides nothing: as `change`, but of no later time. */
  use(name: string, change: (before: StoredAccount) => Credentials | null): boolean;
  /** Forgets the credentials; false when there are none. */
  remove(name: string, note: string): boolean;
  /** Puts what another relay knows in place of what is known here. */
  takeOver(account: StoredAccount): void;
  /** Of several callers exactly one gets true. */
  useInvitation(id: string): boolean;
  invitations(): readonly KeptInvitation[];
  takeOverInvitation(invitation: KeptInvitation): void;
  put(kind: ItemKind, id: string, payload: object, expiresAtMs: number, address?: string): void;
  get<Payload>(kind: ItemKind, id: string): Payload | null;
  /** Removes and returns: of several callers exactly one gets it. */
  take<Payload>(kind: ItemKind, id: string): Payload | null;
  /** Changes one that there is; false when there is none any more. */
  replace(kind: ItemKind, id: string, payload: object): boolean;
  failures(key: string): Failures;
  fail(key: string, isKnown: boolean): void;
  forgive(key: string): void;
  /** One failure less. */
  takeBack(key: string): void;
  /** Notes for the audit, oldest first. */
  notes(): readonly { readonly id: number; readonly timeMs: number; readonly text: string }[];
  addNote(text: string): void;
  removeNote(id: number): void;
  close(): void;
}

/** Name of the file in the data folder. */
export const breakGlassFile = 'break-glass.db';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const breakGlassSteps: readonly string[] = [
  `
CREATE TABLE account (
  name TEXT PRIMARY KEY, credentials TEXT, disabled INTEGER NOT NULL, changed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE item (
  kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at_ms INTEGER NOT NULL, address TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_end ON item (expires_at_ms);
CREATE INDEX item_address ON item (kind, address, expires_at_ms);
CREATE TABLE failure (
  key TEXT PRIMARY KEY, known INTEGER NOT NULL, count INTEGER NOT NULL, last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX failure_age ON failure (known, last_at_ms);
CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, text TEXT NOT NULL) STRICT;`,
];

/** Of each address, so that nobody pushes out the sign-ins of others. */
const mostItemsOfAddress = 20;
const mostItems = 5000;
/** Names and addresses that strangers make up. */
const mostUnknownFailures = 10_000;
/** After so long without another, failures are forgotten. */
const failureLifetimeMs = 24 * 3_600_000;

/**
 * Opens `break-glass.db` in the data folder (mode 0600). Ids are kept as SHA-256 only, so that the file holds no link or
 * code that could be used.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openBreakGlassStore(dataDir: string, now: () => number): BreakGlassStore {
  const database = openMigratedDatabase(dataDir, breakGlassFile, breakGlassSteps);
  const statement = (sql: string) => database.prepare(sql);
  const selectAccounts = statement('SELECT * FROM account ORDER BY name');
  const selectAccount = statement('SELECT * FROM account WHERE name = ?');
  const putAccount = statement(
    `INSERT INTO account VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET credentials = excluded.credentials,
     disabled = excluded.disabled, changed_at_ms = excluded.changed_at_ms`,
  );
  const putItem = statement('INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)');
  const selectItem = statement('SELECT payload FROM item WHERE kind = ? AND id = ? AND expires_at_ms > ?');
  const invitations = statement(
    `SELECT kind, id, payload, expires_at_ms FROM item
     WHERE kind IN ('invitation', 'used-invitation') AND expires_at_ms > ?`,
  );
  const spendInvitation = statement(
    `UPDATE item SET kind = 'used-invitation' WHERE kind = 'invitation' AND id = ? AND expires_at_ms > ?`,
  );
  const dropItem = statement('DELETE FROM item WHERE kind = ? AND id = ?');
  const takeItem = statement('DELETE FROM item WHERE kind = ? AND id = ? RETURNING payload, expires_at_ms');
  const replaceItem = statement('UPDATE item SET payload = ? WHERE kind = ? AND id = ? AND expires_at_ms > ?');
  const removeEnded = statement('DELETE FROM item WHERE expires_at_ms <= ?');
  const boundItems = statement(
    `DELETE FROM item WHERE kind = ?1 AND id IN
     (SELECT id FROM item WHERE kind = ?1 AND address = ?2 ORDER BY expires_at_ms DESC LIMIT -1 OFFSET ?3)`,
  );
  const boundAll = statement(
    'DELETE FROM item WHERE kind = ?1 AND id IN (SELECT id FROM item WHERE kind = ?1 ORDER BY expires_at_ms DESC LIMIT -1 OFFSET ?2)',
  );
  const selectFailures = statement('SELECT count, last_at_ms FROM failure WHERE key = ? AND last_at_ms > ?');
  const putFailures = statement(
    `INSERT INTO failure VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
     SET known = excluded.known, count = excluded.count, last_at_ms = excluded.last_at_ms`,
  );
  const boundFailures = statement(
    'DELETE FROM failure WHERE known = 0 AND key IN (SELECT key FROM failure WHERE known = 0 ORDER BY last_at_ms DESC LIMIT -1 OFFSET ?)',
  );
  const removeFailures = statement('DELETE FROM failure WHERE key = ?');
  const lowerFailures = statement('UPDATE failure SET count = max(0, count - 1) WHERE key = ?');
  const putNote = statement('INSERT INTO note (time_ms, text) VALUES (?, ?)');
  const selectNotes = statement('SELECT id, time_ms, text FROM note ORDER BY id LIMIT 100');
  const dropNote = statement('DELETE FROM note WHERE id = ?');

  const find = (name: string): StoredAccount | null => {
    const row = selectAccount.get(name);
    return row === undefined ? null : accountOf(row);
  };
  const write = ({ name, credentials, disabled, changedAtMs }: StoredAccount): void => {
    putAccount.run(name, credentials === null ? null : JSON.stringify(credentials), disabled ? 1 : 0, changedAtMs);
  };
  /** Also when the clock was set back: the newer of two copies counts. */
  const laterThan = ({ changedAtMs }: StoredAccount): number => Math.max(now(), changedAtMs + 1);
  const failuresOf = (key: string): Failures => {
    const row = selectFailures.get(key, now() - failureLifetimeMs);
    return { count: Number(row?.['count'] ?? 0), lastAtMs: Number(row?.['last_at_ms'] ?? 0) };
  };

  return {
    accounts: () => selectAccounts.all().map(accountOf),
    account: find,
    change: (name, change, note) =>
      inTransaction(database, () => {
        const before = find(name) ?? { name, credentials: null, disabled: false, changedAtMs: 0 };
        const changes = change(before);
        if (changes === null) return false;
        write({ ...before, ...changes, changedAtMs: laterThan(before) });
        if (note !== undefined) putNote.run(now(), note);
        return true;
      }),
    use: (name, change) =>
      inTransaction(database, () => {
        const before = find(name);
        const credentials = before === null ? null : change(before);
        if (before === null || credentials === null) return false;
        write({ ...before, credentials });
        return true;
      }),
    remove: (name, note) =>
      inTransaction(database, () => {
        const before = find(name);
        if (before === null || before.credentials === null) return false;
        // Not without a trace: other relays have to learn of it.
        write({ ...before, credentials: null, disabled: false, changedAtMs: laterThan(before) });
        putNote.run(now(), note);
        return true;
      }),
    takeOver: (account) => write(account),
    useInvitation: (id) => Number(spendInvitation.run(key(id), now()).changes) === 1,
    invitations: () =>
      invitations.all(now()).map((row) => ({
        id: String(row['id']),
        payload: String(row['payload']),
        expiresAtMs: Number(row['expires_at_ms']),
        isUsed: row['kind'] === 'used-invitation',
      })),
    takeOverInvitation: ({ id, payload, expiresAtMs, isUsed }) =>
      inTransaction(database, () => {
        dropItem.run('invitation', id);
        putItem.run(isUsed ? 'used-invitation' : 'invitation', id, payload, expiresAtMs, '');
      }),
    put: (kind, id, payload, expiresAtMs, address = '') =>
      inTransaction(database, () => {
        removeEnded.run(now());
        putItem.run(kind, key(id), JSON.stringify(payload), expiresAtMs, address);
        if (address !== '') boundItems.run(kind, address, mostItemsOfAddress);
        boundAll.run(kind, mostItems);
      }),
    get: (kind, id) => parse(selectItem.get(kind, key(id), now())),
    take(kind, id) {
      const [row] = takeItem.all(kind, key(id));
      return row === undefined || Number(row['expires_at_ms']) <= now() ? null : parse(row);
    },
    replace: (kind, id, payload) =>
      Number(replaceItem.run(JSON.stringify(payload), kind, key(id), now()).changes) === 1,
    failures: (name) => failuresOf(key(name)),
    fail: (name, isKnown) =>
      inTransaction(database, () => {
        putFailures.run(key(name), isKnown ? 1 : 0, failuresOf(key(name)).count + 1, now());
        boundFailures.run(mostUnknownFailures);
      }),
    takeBack: (name) => void lowerFailures.run(key(name)),
    forgive: (name) => void removeFailures.run(key(name)),
    notes: () =>
      selectNotes.all().map((row) => ({
        id: Number(row['id']),
        timeMs: Number(row['time_ms']),
        text: String(row['text']),
      })),
    addNote: (text) => void putNote.run(now(), text),
    removeNote: (id) => void dropNote.run(id),
    close: () => database.close(),
  };
}

/** Who has enrolled, by the file as it is; nobody where there is none. @throws Error when it can’t be read */
export function readStoredAccounts(dataDir: string): readonly StoredAccount[] {
  const file = join(dataDir, breakGlassFile);
  if (!existsSync(file)) return [];
  const database = openToRead(file);
  try {
    return database.prepare('SELECT * FROM account').all().map(accountOf);
  } finally {
    database.close();
  }
}

function accountOf(row: Record<string, unknown>): StoredAccount {
  return {
    name: String(row['name']),
    credentials: parseCredentials(row['credentials']),
    disabled: row['disabled'] === 1,
    changedAtMs: Number(row['changed_at_ms']),
  };
}

function key(id: string): string {
  return hash('sha256', id, 'base64url');
}

function parse<Payload>(row: Record<string, unknown> | undefined): Payload | null {
  return row === undefined ? null : (JSON.parse(String(row['payload'])) as Payload);
}

function parseCredentials(stored: unknown): Credentials | null {
  return typeof stored === 'string' ? credentialsSchema.parse(JSON.parse(stored)) : null;
}
