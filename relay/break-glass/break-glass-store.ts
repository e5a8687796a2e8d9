import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inTransaction } from '../storage/in-transaction.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import { openToRead } from '../storage/open-to-read.ts';
import { type Credentials, credentialsSchema, type StoredAccount } from './account.ts';
import { type Invitation, isOpenFor, itemKey, keepInvitations, type KeptInvitation } from './invitations.ts';
import { mergeAccounts } from './merge-accounts.ts';

/**
 * Things that live for minutes or hours and are used once. A `flow` is of somebody who has a link, a `proved` one of somebody
 * who has shown who they are; strangers’ flows are kept by their browsers alone.
 */
export type ItemKind = 'flow' | 'proved' | 'proved-once' | 'code' | 'invitation' | 'used-invitation' | 'approval';

/** Wrong answers in a row. */
export interface Failures {
  readonly count: number;
  readonly lastAtMs: number;
}

/** What break-glass keeps in the data folder. Each call is one transaction; several processes may have it open. */
export interface BreakGlassStore {
  accounts(): readonly StoredAccount[];
  account(name: string): StoredAccount | null;
  /**
   * Changes an account, as it is then; a note of it goes into the audit with the next look of the relay. Disabling spends
   * the account’s invitations.
   */
  change(name: string, change: (before: StoredAccount) => Partial<StoredAccount> | null, note?: string): boolean;
  /** Keeps that something was used, which decides nothing: as `change`, but of no later time. */
  use(name: string, change: (before: StoredAccount) => Credentials | null): boolean;
  /** Forgets the credentials and spends the invitations; false when there are none. */
  remove(name: string, note: string): boolean;
  /** Adds what another relay knows to what is known here at that moment. @returns what is known now */
  takeOver(account: StoredAccount): StoredAccount;
  /** Keeps a new invitation; those before it are spent. */
  invite(id: string, invitation: Omit<Invitation, 'madeAtMs'>, expiresAtMs: number, note: string): void;
  /** One that can be used, by the hash of its id. */
  invitation(hash: string): Invitation | null;
  /**
   * Uses an invitation for what it was made for, and spends the account’s others. Of several callers exactly one gets true.
   */
  enrol(
    hash: string,
    enrolled: (before: Credentials | null, invitation: Invitation) => Credentials,
    note: string,
  ): boolean;
  invitations(): readonly KeptInvitation[];
  takeOverInvitation(invitation: KeptInvitation): void;
  put(kind: ItemKind, id: string, payload: object, expiresAtMs: number, address?: string): void;
  /** Keeps a flow that was proved, and until `spentUntilMs` that it was: of several callers exactly one gets true. */
  putProved(id: string, payload: object, expiresAtMs: number, spentUntilMs: number): boolean;
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
  // Whether an account is disabled is decided apart from what its person signs in with.
  `
ALTER TABLE account ADD COLUMN disabled_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE account SET disabled_at_ms = changed_at_ms WHERE disabled = 1;`,
  // Credentials say by whose link they came, which an earlier relay can’t read.
  'SELECT 1',
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
    `INSERT INTO account VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET credentials = excluded.credentials,
     disabled = excluded.disabled, changed_at_ms = excluded.changed_at_ms, disabled_at_ms = excluded.disabled_at_ms`,
  );
  const putItem = statement('INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)');
  const selectItem = statement('SELECT payload FROM item WHERE kind = ? AND id = ? AND expires_at_ms > ?');
  const invitations = keepInvitations(database, now);
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
  const write = ({ name, credentials, disabled, changedAtMs, disabledAtMs }: StoredAccount): void => {
    const kept = credentials === null ? null : JSON.stringify(credentials);
    putAccount.run(name, kept, disabled ? 1 : 0, changedAtMs, disabledAtMs);
  };
  const findOrNew = (name: string): StoredAccount =>
    find(name) ?? { name, credentials: null, disabled: false, changedAtMs: 0, disabledAtMs: 0 };
  /** Also when the clock was set back: the newer of two copies counts. */
  const laterThan = ({ changedAtMs, disabledAtMs }: StoredAccount): number =>
    Math.max(now(), changedAtMs + 1, disabledAtMs + 1);
  const openInvitation = (id: string): Invitation | null => {
    const invitation = invitations.find(id);
    return invitation === null || !isOpenFor(invitation, find(invitation.account)) ? null : invitation;
  };
  const put = (kind: ItemKind, id: string, payload: object, expiresAtMs: number, address: string): void => {
    removeEnded.run(now());
    putItem.run(kind, itemKey(id), JSON.stringify(payload), expiresAtMs, address);
    if (address !== '') boundItems.run(kind, address, mostItemsOfAddress);
    boundAll.run(kind, mostItems);
  };
  const failuresOf = (key: string): Failures => {
    const row = selectFailures.get(key, now() - failureLifetimeMs);
    return { count: Number(row?.['count'] ?? 0), lastAtMs: Number(row?.['last_at_ms'] ?? 0) };
  };

  return {
    accounts: () => selectAccounts.all().map(accountOf),
    account: find,
    change: (name, change, note) =>
      inTransaction(database, () => {
        const before = findOrNew(name);
        const changes = change(before);
        if (changes === null) return false;
        const atMs = laterThan(before);
        write({
          ...before,
          ...changes,
          changedAtMs: changes.credentials === undefined ? before.changedAtMs : atMs,
          disabledAtMs: changes.disabled === undefined ? before.disabledAtMs : atMs,
        });
        if (changes.disabled === true) invitations.spendOf(name);
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
        const before = findOrNew(name);
        if (invitations.spendOf(name) === 0 && before.credentials === null) return false;
        // Not without a trace: other relays have to learn of it.
        write({ ...before, credentials: null, changedAtMs: laterThan(before) });
        putNote.run(now(), note);
        return true;
      }),
    takeOver: (other) =>
      inTransaction(database, () => {
        const own = find(other.name);
        const merged = own === null ? other : mergeAccounts(own, other);
        // Relays exchange every few seconds, and mostly nothing new.
        if (!isDeepStrictEqual(merged, own)) write(merged);
        return merged;
      }),
    invite: (id, invitation, expiresAtMs, note) =>
      inTransaction(database, () => {
        invitations.spendOf(invitation.account);
        const made: Invitation = { ...invitation, madeAtMs: laterThan(findOrNew(invitation.account)) };
        put('invitation', id, made, expiresAtMs, '');
        putNote.run(now(), note);
      }),
    invitation: openInvitation,
    enrol: (id, enrolled, note) =>
      inTransaction(database, () => {
        const invitation = openInvitation(id);
        if (invitation === null || !invitations.use(id)) return false;
        invitations.spendOf(invitation.account);
        const before = findOrNew(invitation.account);
        write({ ...before, credentials: enrolled(before.credentials, invitation), changedAtMs: laterThan(before) });
        putNote.run(now(), note);
        return true;
      }),
    invitations: () => invitations.all(),
    takeOverInvitation: (invitation) => inTransaction(database, () => invitations.takeOver(invitation)),
    put: (kind, id, payload, expiresAtMs, address = '') =>
      inTransaction(database, () => put(kind, id, payload, expiresAtMs, address)),
    putProved: (id, payload, expiresAtMs, spentUntilMs) =>
      inTransaction(database, () => {
        if (selectItem.get('proved-once', itemKey(id), now()) !== undefined) return false;
        putItem.run('proved-once', itemKey(id), '{}', spentUntilMs, '');
        put('proved', id, payload, expiresAtMs, '');
        return true;
      }),
    get: (kind, id) => parse(selectItem.get(kind, itemKey(id), now())),
    take(kind, id) {
      const [row] = takeItem.all(kind, itemKey(id));
      return row === undefined || Number(row['expires_at_ms']) <= now() ? null : parse(row);
    },
    replace: (kind, id, payload) =>
      Number(replaceItem.run(JSON.stringify(payload), kind, itemKey(id), now()).changes) === 1,
    failures: (name) => failuresOf(itemKey(name)),
    fail: (name, isKnown) =>
      inTransaction(database, () => {
        putFailures.run(itemKey(name), isKnown ? 1 : 0, failuresOf(itemKey(name)).count + 1, now());
        boundFailures.run(mostUnknownFailures);
      }),
    takeBack: (name) => void lowerFailures.run(itemKey(name)),
    forgive: (name) => void removeFailures.run(itemKey(name)),
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
    // An earlier relay’s file, as who only reads it finds it.
    disabledAtMs: Number(row['disabled_at_ms'] ?? 0),
  };
}

function parse<Payload>(row: Record<string, unknown> | undefined): Payload | null {
  return row === undefined ? null : (JSON.parse(String(row['payload'])) as Payload);
}

function parseCredentials(stored: unknown): Credentials | null {
  return typeof stored === 'string' ? credentialsSchema.parse(JSON.parse(stored)) : null;
}
