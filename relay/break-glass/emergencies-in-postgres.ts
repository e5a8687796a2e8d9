import { sql } from 'kysely';
import { countChange } from '../storage/changes.ts';
import type { Changes } from '../storage/follow-changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { EmergencyWay } from './emergency-news.ts';

/** Topic of {@link countChange}: somebody has signed in with an emergency account. */
const signedInTopic = 'emergency-sign-in';
/** Nobody needs them once every relay has looked. */
const keptMs = 86_400_000;
const mostAtOnce = 100;

/** Tells relays that share a storage of emergency sign-ins. */
export function emergenciesInPostgres(storage: PostgresConnection, changes: Changes): EmergencyWay {
  return {
    tell: ({ account, atMs }) =>
      storage.transaction<Record<string, never>, void>(async (transaction) => {
        const version = await countChange(transaction, signedInTopic);
        await sql`INSERT INTO break_glass_sign_in VALUES (${version}, ${account}, ${Math.floor(atMs)})`.execute(
          transaction,
        );
        await sql`DELETE FROM break_glass_sign_in WHERE at_ms < ${Math.floor(atMs - keptMs)}`.execute(transaction);
      }),
    follow(onSignedIn) {
      let isClosed = false;
      changes.follow(signedInTopic, async (version, loaded) => {
        // Those from before this relay began were told while they mattered.
        if (loaded === -1) return;
        const { rows } = await storage.run((database) =>
          sql<{ account: string; at_ms: string }>`SELECT account, at_ms FROM break_glass_sign_in
            WHERE version > ${loaded} AND version <= ${version} ORDER BY version DESC LIMIT ${mostAtOnce}`.execute(
            database,
          ),
        );
        if (isClosed) return;
        for (const { account, at_ms: atMs } of rows.toReversed()) onSignedIn({ account, atMs: Number(atMs) });
      });
      return { close: () => void (isClosed = true) };
    },
  };
}
