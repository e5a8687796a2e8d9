import { openLockStore } from '../sessions/lock-store.ts';
import { openPostgresLockStore } from '../sessions/postgres-locks.ts';
import { takeOverLocks } from '../sessions/take-over-locks.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { inPortions, type MovedPart } from './moved-part.ts';

/** Locks, also those that are over but remembered. */
export function locksPart(dataDir: string, postgres: PostgresConnection): MovedPart {
  const local = openLockStore(dataDir);
  const locks = local.list();
  local.close();
  return {
    name: 'locks',
    count: locks.length,
    move: (didMove) => inPortions(locks, 500, didMove, (portion) => takeOverLocks(postgres, portion)),
    async verify() {
      const there = new Map((await openPostgresLockStore(postgres).list()).map((lock) => [lock.id, lock]));
      // One that was taken away here must not go on there.
      const isThere = ({ id, removed }: (typeof locks)[number]): boolean =>
        there.has(id) && (removed === null || there.get(id)?.removed !== null);
      return locks.filter(isThere).length;
    },
  };
}
