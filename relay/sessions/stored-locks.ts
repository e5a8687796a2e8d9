import type { Logger } from 'pino';
import type { Changes } from '../storage/follow-changes.ts';
import type { Lock } from './lock.ts';
import { type IsSpared, locksInForce } from './locks-in-force.ts';
import { lockTopic, type PostgresLockStore } from './postgres-locks.ts';
import type { Locks } from './start-locks.ts';

const lookEveryMs = 250;
const forgetEveryMs = 3_600_000;

/**
 * The locks that all relays have in the storage, in memory for decisions. While it is away those known so far stay in
 * force, and what is ended here counts here and is written when it is back.
 */
export function startStoredLocks(options: {
  readonly store: PostgresLockStore;
  readonly changes: Changes;
  readonly log: Logger;
  /** Locks began or ended: open tunnels have to follow. */
  readonly onChange: () => void;
  /** Tells the other relays at once, where something can. */
  readonly onTold: () => void;
  /** For whom locks on addresses don’t count here, by this relay’s own config. */
  readonly isSpared?: IsSpared | undefined;
  readonly now?: () => number;
}): Locks {
  const { store, changes, log, onChange, onTold, now = Date.now } = options;
  const inForce = locksInForce(now, options.isSpared);
  let stored: readonly Lock[] = [];
  /** Ends that the storage hasn't taken yet. */
  let untold: readonly Lock[] = [];
  let isTelling = false;
  let forgotAtMs = now();

  const put = (): void => {
    const before = signature(inForce.all);
    const known = new Set(stored.map(({ id }) => id));
    inForce.put([...stored, ...untold.filter(({ id }) => !known.has(id))]);
    if (signature(inForce.all) !== before) onChange();
  };
  const tell = async (): Promise<void> => {
    if (untold.length === 0 || isTelling) return;
    const telling = untold;
    isTelling = true;
    try {
      await store.add(telling, 'session-ended');
    } finally {
      isTelling = false;
    }
    // They stay in force here also until the next look has found them in the storage.
    stored = [...stored, ...telling];
    untold = untold.filter((lock) => !telling.includes(lock));
    put();
    onTold();
  };

  changes.follow(lockTopic, async () => {
    stored = await store.listInForce(now());
    put();
  });
  const timer = setInterval(() => {
    const nowMs = now();
    if (nowMs >= inForce.nextEndMs()) put();
    tell().catch((error: unknown) => log.debug({ err: error }, 'ends of sessions wait for the storage'));
    if (nowMs - forgotAtMs < forgetEveryMs) return;
    forgotAtMs = nowMs;
    store.forget(nowMs).catch((error: unknown) => log.debug({ err: error }, 'locks stay longer'));
  }, lookEveryMs).unref();

  return {
    of: (caller, api) => inForce.of(caller, api),
    ofAddress: (address) => inForce.ofAddress(address),
    endOf: (caller) => inForce.endOf(caller),
    get all() {
      return inForce.all;
    },
    caughtUp: Promise.resolve(),
    async end(ends) {
      if (ends.length === 0) return;
      untold = [...untold, ...ends];
      put();
      await tell();
    },
    close: () => clearInterval(timer),
  };
}

function signature(locks: readonly Lock[]): string {
  return locks.map(({ id }) => id).join(' ');
}
