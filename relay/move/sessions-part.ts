import { openPostgresSessionStore } from '../sessions/postgres-session-store.ts';
import { openSessionStore } from '../sessions/session-store.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { inPortions, type MovedPart } from './moved-part.ts';

/** Sign-ins on devices. */
export function sessionsPart(dataDir: string, postgres: PostgresConnection): MovedPart {
  const local = openSessionStore(dataDir);
  const sessions = local.list();
  local.close();
  const shared = openPostgresSessionStore(postgres);
  return {
    name: 'sessions',
    count: sessions.length,
    move: (didMove) => inPortions(sessions, 500, didMove, async (portion) => shared.put(portion)),
    async verify() {
      const there = new Set((await shared.list()).map(({ id }) => id));
      return sessions.filter(({ id }) => there.has(id)).length;
    },
  };
}
