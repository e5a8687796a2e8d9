import { join } from 'node:path';
import type { Logger } from 'pino';
import { createOutboxWriter } from '../acts/outbox.ts';
import type { AuditLog } from '../audit/audit-record.ts';
import type { Lock } from './lock.ts';
import { type IsSpared, type LockedCaller, locksInForce } from './locks-in-force.ts';
import { type LocalLockStore, openLockStore } from './lock-store.ts';
import type { LockSharing } from './redis-locks.ts';
import { sessionFile } from './session-database.ts';
import { pollDatabase } from '../storage/poll-database.ts';

export interface LocksOptions {
  readonly dataDir: string;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Locks began or ended: open tunnels have to follow. */
  readonly onChange: () => void;
  /** Shares them with other relays; left out for a relay that stands alone. */
  readonly share?: (store: LocalLockStore, onExchanged: () => void) => LockSharing;
  /** Whether what happens goes into the audit here, and not by another process of this relay. Default true. */
  readonly writesActs?: boolean;
  /** For whom locks on addresses don’t count here, by this relay’s own config. */
  readonly isSpared?: IsSpared | undefined;
  readonly now?: () => number;
  /** How often changes by other processes are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}

/** The locks in force, in memory for decisions; they outlast the relay in its data folder. */
export interface Locks {
  /** The lock that shuts the caller out of an API, or, with null, out of all of them; null when none does. */
  of(caller: LockedCaller, api: string | null): Lock | null;
  /** The lock on an address, or on the network that it is of; null when there is none. */
  ofAddress(address: string): Lock | null;
  /** How the caller's sign-in was ended before its time; null when it wasn't. */
  endOf(caller: LockedCaller): Lock | null;
  /** Those in force now. */
  readonly all: readonly Lock[];
  /**
   * Ends sign-ins. In force here at once.
   * @throws AccessError `shared-state-unavailable` when other relays learn of it only later
   */
  end(ends: readonly Lock[]): Promise<void>;
  /** Resolves when those of the other relays are known here for the first time. */
  readonly caughtUp: Promise<void>;
  close(): void;
}

const exchangeEveryMs = 2000;
const forgetEveryMs = 3_600_000;

export function startLocks(options: LocksOptions): Locks {
  const { audit, log, onChange, now = Date.now, pollMs = 250, writesActs = true } = options;
  const store = openLockStore(options.dataDir);
  const inForce = locksInForce(now, options.isSpared);
  let isTold = true;
  let forgotAtMs = now();

  const writer = writesActs ? createOutboxWriter(store, { audit, dataDir: options.dataDir, log }) : null;
  const load = (): void => {
    const before = signature(inForce.all);
    inForce.put(store.list());
    if (signature(inForce.all) !== before) onChange();
  };

  let version = store.version();
  inForce.put(store.list());
  writer?.write();
  const sharing = options.share?.(store, () => load());
  const tell = async (): Promise<void> => {
    if (sharing === undefined) return;
    isTold = false;
    await sharing.exchange();
    isTold = true;
  };
  const tellInBackground = (): void => {
    tell().catch((error: unknown) => log.warn({ err: error }, 'other relays learn of locks only later'));
  };
  let toldAtMs = now();
  const poll = pollDatabase(join(options.dataDir, sessionFile), pollMs, () => {
    try {
      const nowMs = now();
      if (writer?.isBehind === true && audit.healthy) writer.write();
      if (nowMs - forgotAtMs >= forgetEveryMs) {
        forgotAtMs = nowMs;
        store.forget(nowMs);
      }
      const current = store.version();
      const isChanged = current !== version;
      if (isChanged || nowMs >= inForce.nextEndMs()) {
        load();
        // Only now: a change that couldn't be read, as of a database that is busy, is read at the next look.
        version = current;
        writer?.write();
      }
      if (isChanged || (!isTold && nowMs - toldAtMs >= exchangeEveryMs)) {
        toldAtMs = nowMs;
        tellInBackground();
      }
    } catch (error) {
      log.error({ err: error }, 'locks can’t be read; those known so far stay in force');
    }
  });

  return {
    of: (caller, api) => inForce.of(caller, api),
    ofAddress: (address) => inForce.ofAddress(address),
    endOf: (caller) => inForce.endOf(caller),
    get all() {
      return inForce.all;
    },
    caughtUp: sharing?.caughtUp ?? Promise.resolve(),
    async end(ends) {
      store.add(ends, 'session-ended');
      load();
      writer?.write();
      await tell();
    },
    close() {
      poll.close();
      sharing?.close();
      store.close();
    },
  };
}

function signature(locks: readonly Lock[]): string {
  return locks.map(({ id }) => id).join(' ');
}
