import type { Catalog, CatalogEntry } from '../../shared/catalog.ts';
import { AccessError } from '../../shared/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Limiter } from './limiter.ts';

/**
 * Puts what is left of each limit into the entries of open APIs; the same object when no limit applies. Where the
 * counters can't be reached, entries stay without.
 */
export async function withQuotas(
  catalog: Catalog,
  limiter: Limiter,
  identity: Identity,
  timeMs: number,
): Promise<Catalog> {
  let found = false;
  const describe = async (entry: CatalogEntry): Promise<CatalogEntry> => {
    if (entry.access !== 'open' || !limiter.hasLimits(identity, entry.id)) return entry;
    try {
      const quotas = await limiter.left(identity, entry.id, timeMs);
      found = true;
      return { ...entry, quotas: [...quotas] };
    } catch (error) {
      if (error instanceof AccessError && error.code === 'counters-unavailable') return entry;
      throw error;
    }
  };
  const apis = await Promise.all(catalog.apis.map(describe));
  return found ? { ...catalog, apis } : catalog;
}
