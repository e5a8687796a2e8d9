import { hash } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';

/** One remembered thing; `payload` is plain JSON. */
export type StoredPayload = Record<string, unknown>;

type Awaitable<Value> = Value | Promise<Value>;

/** What the bridge remembers between requests and restarts, each until its end; bounded. */
export interface BridgeStore {
  put(model: string, id: string, payload: StoredPayload, expiresAtMs: number): Awaitable<void>;
  get(model: string, id: string): Awaitable<StoredPayload | undefined>;
  findByUid(model: string, uid: string): Awaitable<StoredPayload | undefined>;
  /** Removes and returns: of several callers exactly one gets it. */
  take(model: string, id: string): Awaitable<StoredPayload | undefined>;
  /** Remembers an ID; false when it is known already. */
  addOnce(model: string, id: string, expiresAtMs: number): Awaitable<boolean>;
  delete(model: string, id: string): Awaitable<void>;
  deleteGrant(grantId: string): Awaitable<void>;
  /** Ends a session of the provider with all that came from it: codes, tokens and grants. */
  deleteSession(sessionUid: string): Awaitable<void>;
  /** Rows of a model whose index value is this. */
  findByIndex(model: string, index: string): Awaitable<StoredPayload[]>;
  close(): void;
}

/** A store in the data folder, which answers at once. */
export interface LocalBridgeStore extends BridgeStore {
  get(model: string, id: string): StoredPayload | undefined;
  findByUid(model: string, uid: string): StoredPayload | undefined;
  take(model: string, id: string): StoredPayload | undefined;
  addOnce(model: string, id: string, expiresAtMs: number): boolean;
  findByIndex(model: string, index: string): StoredPayload[];
}

/** Models that anybody can make rows of, without a sign-in; they are kept few. */
export const openModels: ReadonlySet<string> = new Set([
  'Interaction',
  'Session',
  'PushedAuthorizationRequest',
  'ReplayDetection',
  'SamlRequest',
]);
/** Of each such model. */
export const maxOpenRows = 20_000;
const sweepEveryMs = 60_000;

/** Name of the file in the data folder. */
export const bridgeFile = 'saml-bridge.db';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const bridgeSteps: readonly string[] = [
  `
CREATE TABLE rows (
  model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at_ms INTEGER NOT NULL,
  uid TEXT, grant_id TEXT, session_uid TEXT, lookup TEXT,
  PRIMARY KEY (model, id)
) WITHOUT ROWID;
CREATE INDEX rows_end ON rows (expires_at_ms);
CREATE INDEX rows_uid ON rows (model, uid) WHERE uid IS NOT NULL;
CREATE INDEX rows_grant ON rows (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX rows_session ON rows (session_uid) WHERE session_uid IS NOT NULL;
CREATE INDEX rows_lookup ON rows (model, lookup) WHERE lookup IS NOT NULL;`,
];

/**
 * Opens `saml-bridge.db` in the data folder (mode 0600). Ids are kept as SHA-256 only, so that the file holds no token
 * that could be used.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openBridgeStore(dataDir: string, now: () => number): LocalBridgeStore {
  const database = openMigratedDatabase(dataDir, bridgeFile, bridgeSteps);
  database.exec('PRAGMA synchronous = NORMAL');
  const statement = (sql: string): StatementSync => database.prepare(sql);
  const insert = statement(
    `INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload,
     expires_at_ms = excluded.expires_at_ms, uid = excluded.uid, grant_id = excluded.grant_id,
     session_uid = excluded.session_uid, lookup = excluded.lookup`,
  );
  const select = statement('SELECT payload FROM rows WHERE model = ? AND id = ? AND expires_at_ms > ?');
  const selectUid = statement('SELECT payload FROM rows WHERE model = ? AND uid = ? AND expires_at_ms > ?');
  const selectLookup = statement('SELECT payload FROM rows WHERE model = ? AND lookup = ? AND expires_at_ms > ?');
  const removeRow = statement('DELETE FROM rows WHERE model = ? AND id = ? RETURNING payload, expires_at_ms');
  const removeGrant = statement('DELETE FROM rows WHERE grant_id = ?');
  const grantsOf = statement('SELECT DISTINCT grant_id FROM rows WHERE session_uid = ? AND grant_id IS NOT NULL');
  const removeSession = statement('DELETE FROM rows WHERE session_uid = ?');
  const addRow = statement(
    `INSERT INTO rows (model, id, payload, expires_at_ms) VALUES (?, ?, '{}', ?) ON CONFLICT (model, id) DO UPDATE
     SET expires_at_ms = excluded.expires_at_ms WHERE rows.expires_at_ms <= ?`,
  );
  const count = statement('SELECT count(*) AS rows FROM rows WHERE model = ?');
  const removeEnded = statement('DELETE FROM rows WHERE expires_at_ms <= ?');
  const removeOldest = statement(
    'DELETE FROM rows WHERE model = ? AND id IN (SELECT id FROM rows WHERE model = ? ORDER BY expires_at_ms LIMIT ?)',
  );
  const counts = new Map<string, number>();

  const sweep = (): void => {
    removeEnded.run(now());
    counts.clear();
  };
  sweep();
  const timer = setInterval(sweep, sweepEveryMs);
  timer.unref();

  /** Signed-in sessions have an account and don’t count: nobody can push them out. */
  const bound = (model: string): void => {
    if (!openModels.has(model)) return;
    const rows = (counts.get(model) ?? Number(count.get(model)?.['rows'] ?? 0)) + 1;
    counts.set(model, rows);
    if (rows <= maxOpenRows) return;
    const { changes } = removeOldest.run(model, model, maxOpenRows / 10);
    counts.set(model, rows - Number(changes));
  };

  return {
    put(model, id, payload, expiresAtMs) {
      const signedIn = model === 'Session' && typeof payload['accountId'] === 'string';
      const stored = signedIn ? 'SignedInSession' : model;
      if (signedIn) removeRow.all('Session', key(id));
      bound(stored);
      insert.run(
        stored,
        key(id),
        JSON.stringify(payload),
        expiresAtMs,
        textOrNull(payload['uid']),
        model === 'Grant' ? key(id) : hashedOrNull(payload['grantId']),
        model === 'Session' ? textOrNull(payload['uid']) : textOrNull(payload['sessionUid']),
        textOrNull(payload['lookup']),
      );
    },
    get(model, id) {
      const found = select.get(model, key(id), now());
      if (found === undefined && model === 'Session') return parse(select.get('SignedInSession', key(id), now()));
      return parse(found);
    },
    findByUid(model, uid) {
      const found = selectUid.get(model, uid, now());
      if (found === undefined && model === 'Session') return parse(selectUid.get('SignedInSession', uid, now()));
      return parse(found);
    },
    take(model, id) {
      const [row] = removeRow.all(model, key(id));
      return row === undefined || Number(row['expires_at_ms']) <= now() ? undefined : parse(row);
    },
    addOnce(model, id, expiresAtMs) {
      return Number(addRow.run(model, key(id), expiresAtMs, now()).changes) === 1;
    },
    delete(model, id) {
      removeRow.all(model, key(id));
      if (model === 'Session') removeRow.all('SignedInSession', key(id));
    },
    deleteGrant(grantId) {
      removeGrant.run(key(grantId));
    },
    deleteSession(sessionUid) {
      for (const { grant_id: grant } of grantsOf.all(sessionUid)) removeGrant.run(String(grant));
      removeSession.run(sessionUid);
    },
    findByIndex(model, index) {
      return selectLookup.all(model, index, now()).map((row) => parse(row) ?? {});
    },
    close() {
      clearInterval(timer);
      database.close();
    },
  };
}

function key(id: string): string {
  return hash('sha256', id, 'base64url');
}

function parse(row: Record<string, unknown> | undefined): StoredPayload | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row['payload'])) as StoredPayload);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function hashedOrNull(value: unknown): string | null {
  return typeof value === 'string' ? key(value) : null;
}
