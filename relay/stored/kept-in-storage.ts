import { AccessError } from '../../shared/errors.ts';
import type { KeptState } from '../explain/explain-request.ts';
import { grantsOf } from '../grants/grants-at.ts';
import { locksAt } from '../sessions/lock-store.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { openStores, type StoredStores } from './open-stores.ts';

/**
 * Locks and grants of relays that share a storage, each read on a connection of its own. While it can't be reached, or its
 * address can't be read, locks are `unreadable` and no grants are known.
 */
export function keptInStorage(settings: PostgresSettings | undefined): KeptState {
  const read = async <Result, Otherwise>(
    work: (stores: StoredStores) => Promise<Result>,
    otherwise: Otherwise,
  ): Promise<Result | Otherwise> => {
    if (settings === undefined) return otherwise;
    let stores: StoredStores | undefined;
    try {
      stores = await openStores(settings);
      return await work(stores);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      return otherwise;
    } finally {
      await stores?.close();
    }
  };
  return {
    locksAt: (timeMs) => read(async ({ locks }) => locksAt(await locks.list(), timeMs), 'unreadable' as const),
    grantsAt: (api, timeMs) => read(async ({ grants }) => grantsOf(await grants.list(), api, timeMs), []),
  };
}
