import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AccessError } from '../../shared/errors.ts';
import type { Outbox } from '../acts/outbox.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import { isInForce, type Lock, type LockAct, lockSchema, targetWords } from './lock.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import { refuseNewerSqlite } from '../storage/migrate-sqlite.ts';
import { openSessionDatabase, sessionFile, sessionSteps } from './session-database.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** Where locks are remembered. A store that can’t be reached says so with an AccessError. */
export interface LockStore {
  /** Adds locks, each with the act that made it. */
  add(locks: readonly Lock[], event: 'lock-added' | 'session-ended'): Awaitable<void>;
  /** Takes a lock away. @throws AccessError `bad-input` when there is none of that id in force */
  remove(id: string, by: string, reason: string, nowMs: number): Awaitable<Lock>;
  /** All that are remembered, oldest first, those that were taken away or are over among them. */
  list(): Awaitable<readonly Lock[]>;
  /** Forgets what can't matter to any relay any more. */
  forget(nowMs: number): Awaitable<void>;
  close(): void;
}

/**
 * Locks in the data folder. The relay, its workers and its command line may have it open at once: each change is one
 * transaction with its act, and acts wait there until the relay has put them into the audit.
 */
export interface LocalLockStore extends LockStore, Outbox {
  add(locks: readonly Lock[], event: 'lock-added' | 'session-ended'): void;
  remove(id: string, by: string, reason: string, nowMs: number): Lock;
  list(): readonly Lock[];
  forget(nowMs: number): void;
  /** Takes over what another relay knows; whether any of it is new here. */
  merge(locks: readonly Lock[]): boolean;
  /** Changes whenever another process has changed something. */
  version(): number;
}

/** What is over is remembered so long, for relays that hear of it late. */
export const keepOverMs = 30 * 86_400_000;

/** Opens or creates the store; readable by its owner only. */
export function openLockStore(dataDir: string): LocalLockStore {
  const database = openSessionDatabase(dataDir);
  const put = database.prepare(
    'INSERT INTO lock VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET content = excluded.content',
  );
  const get = database.prepare('SELECT content FROM lock WHERE id = ?');
  const all = database.prepare('SELECT content FROM lock');
  const drop = database.prepare('DELETE FROM lock WHERE id = ?');
  const addAct = database.prepare('INSERT INTO act (content) VALUES (?)');
  const acts = database.prepare('SELECT seq, content FROM act ORDER BY seq');
  const dropAct = database.prepare('DELETE FROM act WHERE seq = ?');
  const dataVersion = database.prepare('PRAGMA data_version');

  const find = (id: string): Lock | null => {
    const row = get.get(id);
    return row === undefined ? null : parseLock(String(row['content']));
  };
  const list = (): readonly Lock[] =>
    all
      .all()
      .map((row) => parseLock(String(row['content'])))
      .filter((lock) => lock !== null)
      .toSorted((one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1));
  const record = (act: LockAct): void => {
    addAct.run(JSON.stringify(auditedAct(act)));
  };

  return {
    add: (locks, event) =>
      inTransaction(database, () => {
        for (const lock of locks) {
          put.run(lock.id, JSON.stringify(lock));
          record({ event, timeMs: lock.createdAtMs, operator: lock.author, reason: lock.reason, lock });
        }
      }),
    remove: (id, by, reason, nowMs) =>
      inTransaction(database, () => {
        const removed = takenAway(find(id), id, by, reason, nowMs);
        put.run(id, JSON.stringify(removed));
        record({ event: 'lock-removed', timeMs: nowMs, operator: by, reason, lock: removed });
        return removed;
      }),
    merge(locks) {
      const news = locks.filter((lock) => isNews(find(lock.id), lock));
      if (news.length === 0) return false;
      inTransaction(database, () => {
        for (const lock of news) if (isNews(find(lock.id), lock)) put.run(lock.id, JSON.stringify(lock));
      });
      return true;
    },
    list,
    forget(nowMs) {
      for (const { id, untilMs, removed, ofErased } of list()) {
        const overAtMs = removed?.atMs ?? untilMs ?? Infinity;
        if (overAtMs + (ofErased === true ? 0 : keepOverMs) <= nowMs) drop.run(id);
      }
    },
    waiting: () =>
      acts.all().map((row) => ({
        id: String(row['seq']),
        record: JSON.parse(String(row['content'])) as Extract<AuditRecord, { type: 'lock' }>,
      })),
    didRecord(id) {
      if (database.isOpen) dropAct.run(Number(id));
    },
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}

/** The locks of a data folder at some time, without making anything in it; those that are over are kept for 30 days. */
export function readLocks(dataDir: string, timeMs: number): readonly Lock[] | 'unreadable' {
  const file = join(dataDir, sessionFile);
  if (!existsSync(file)) return [];
  try {
    accessSync(file, constants.R_OK);
  } catch {
    // Whoever may read the rules need not be the relay's user.
    return 'unreadable';
  }
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    refuseNewerSqlite(database, sessionFile, sessionSteps.length);
    const isThere = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'lock'").get() !== undefined;
    const rows = isThere ? database.prepare('SELECT content FROM lock').all() : [];
    const locks = rows.map((row) => parseLock(String(row['content']))).filter((lock) => lock !== null);
    return locksAt(locks, timeMs);
  } finally {
    database.close();
  }
}

/** Locks as they were at some time: those that came later aren't there, and what was taken away later still is. */
export function locksAt(locks: readonly Lock[], timeMs: number): readonly Lock[] {
  return locks
    .filter(({ createdAtMs }) => createdAtMs <= timeMs)
    .map((lock) => ((lock.removed?.atMs ?? 0) > timeMs ? { ...lock, removed: null } : lock));
}

/** A lock as it is after somebody took it away. @throws AccessError `bad-input` when there is none in force */
export function takenAway(lock: Lock | null, id: string, by: string, reason: string, nowMs: number): Lock {
  if (lock === null || lock.target.type === 'sign-in' || !isInForce(lock, nowMs))
    throw new AccessError('bad-input', `No lock “${id.slice(0, 100)}” is in force.`);
  return { ...lock, removed: { by, reason, atMs: nowMs } };
}

/** Whether one relay's word goes beyond another's: a lock only ever changes by being taken away. */
export function isNews(known: Lock | null, told: Lock): boolean {
  return known === null || (known.removed === null && told.removed !== null);
}

/** A lock as it is stored; null for what isn't one. */
export function parseLock(text: string): Lock | null {
  try {
    return lockSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** An act as it stands in the audit. */
export function auditedAct({ event, timeMs, operator, reason, lock }: LockAct): Extract<AuditRecord, { type: 'lock' }> {
  const { id, target, untilMs } = lock;
  return { type: 'lock', timeMs, event, operator, reason, target: targetWords(target), lock: id, untilMs };
}
