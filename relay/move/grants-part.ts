import { openGrantStore } from '../grants/grant-store.ts';
import { openPostgresGrantStore } from '../grants/postgres-grant-store.ts';
import { takeOverGrants } from '../grants/take-over-grants.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { inPortions, type MovedPart } from './moved-part.ts';

/** Requests for access and what became of them, oldest first. */
export function grantsPart(dataDir: string, postgres: PostgresConnection): MovedPart {
  const local = openGrantStore(dataDir);
  const requests = local.list().toReversed();
  local.close();
  return {
    name: 'access requests',
    count: requests.length,
    move: (didMove) => inPortions(requests, 500, didMove, (portion) => takeOverGrants(postgres, portion)),
    async verify() {
      const there = new Set((await openPostgresGrantStore(postgres).list()).map(({ id }) => id));
      return requests.filter(({ id }) => there.has(id)).length;
    },
  };
}
