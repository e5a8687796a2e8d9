import { sql } from 'kysely';
import type { Changes } from '../storage/follow-changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { FollowOpened } from './opened-news.ts';
import { openedTopic, type SessionTables } from './postgres-session-store.ts';
import { parseSession, type SessionRecord } from './session-record.ts';
import { jsonIn } from '../storage/postgres/json-in.ts';

/** More at once come with a move of a whole folder, when nobody waits for a word. */
const mostAtOnce = 1000;

/** Follows in PostgreSQL which sessions relays open. */
export function followPostgresSessions(storage: PostgresConnection, changes: Changes): FollowOpened {
  return (onOpened) => {
    let isClosed = false;
    changes.follow(openedTopic, async (version, loaded) => {
      // What was opened before this relay began, clients ask for when they connect.
      if (loaded === -1) return;
      const opened = await openedSince(storage, loaded, version);
      if (!isClosed) onOpened(opened);
    });
    return { close: () => void (isClosed = true) };
  };
}

async function openedSince(
  storage: PostgresConnection,
  loaded: number,
  version: number,
): Promise<readonly SessionRecord[]> {
  const rows = await storage.run<SessionTables, readonly { readonly content: string }[]>((database) =>
    database
      .selectFrom('session')
      .select('content')
      .where(
        sql<boolean>`opened > ${loaded} AND opened <= ${version} AND ${sql.raw(jsonIn('content'))} ->> 'kind' <> 'service'`,
      )
      .orderBy('opened', 'desc')
      .limit(mostAtOnce)
      .execute(),
  );
  return rows.map(({ content }) => parseSession(content)).filter((session) => session !== null);
}
