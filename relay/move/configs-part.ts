import { openRevisionStore } from '../revisions/revision-store.ts';
import { postgresRevisions } from '../revisions/postgres-revisions.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { inPortions, type MovedPart } from './moved-part.ts';

/** Each config that was loaded or refused, and its text. */
export function configsPart(dataDir: string, postgres: PostgresConnection, relay: string): MovedPart {
  const local = openRevisionStore(dataDir);
  const events = local.events();
  local.close();
  const shared = postgresRevisions(postgres, relay);
  return {
    name: 'configs',
    count: events.length,
    move: (didMove) => inPortions(events, 200, didMove, (portion) => shared.take(portion)),
    async verify() {
      const there = new Set(
        (await shared.list())
          .filter((listed) => listed.relay === relay)
          .map(({ timeMs, event, hash }) => `${timeMs} ${event} ${hash}`),
      );
      return events.filter(({ timeMs, event, hash }) => there.has(`${timeMs} ${event} ${hash}`)).length;
    },
  };
}
