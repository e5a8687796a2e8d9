import { sql } from 'kysely';
import { type Emergency, isInvitation } from '../../shared/emergency.ts';
import { countChange } from '../storage/changes.ts';
import type { Changes } from '../storage/follow-changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import type { EmergencyWay } from './emergency-news.ts';

/** Topics of {@link countChange}: somebody has signed in with an emergency account, or was invited to one. */
const signedInTopic = 'emergency-sign-in';
const invitedTopic = 'emergency-invitation';
/** Nobody needs them once every relay has looked. */
const keptMs = 86_400_000;
const mostAtOnce = 100;

/** Tells relays that share a storage of emergency sign-ins and invitations. */
export function emergenciesInPostgres(storage: PostgresConnection, changes: Changes): EmergencyWay {
  return {
    tell: (emergency) =>
      storage.transaction<Record<string, never>, void>(async (transaction) => {
        const version = await countChange(transaction, isInvitation(emergency) ? invitedTopic : signedInTopic);
        const account = storable(emergency.account);
        const atMs = Math.floor(emergency.atMs);
        const insertion = isInvitation(emergency)
          ? sql`INSERT INTO break_glass_invited VALUES (${version}, ${account}, ${atMs}, ${storable(emergency.by)})`
          : sql`INSERT INTO break_glass_sign_in VALUES (${version}, ${account}, ${atMs})`;
        await insertion.execute(transaction);
        await sql`DELETE FROM break_glass_sign_in WHERE at_ms < ${atMs - keptMs}`.execute(transaction);
        await sql`DELETE FROM break_glass_invited WHERE at_ms < ${atMs - keptMs}`.execute(transaction);
      }),
    follow(onTold) {
      let isClosed = false;
      const follow = (topic: string, rowsOf: (after: number, until: number) => Promise<readonly Emergency[]>): void =>
        changes.follow(topic, async (version, loaded) => {
          // Those from before this relay began were told while they mattered.
          if (loaded === -1) return;
          const newest = await rowsOf(loaded, version);
          if (!isClosed) for (const emergency of newest.toReversed()) onTold(emergency);
        });
      follow(signedInTopic, async (after, until) => {
        const { rows } = await storage.run((database) =>
          sql<{ account: string; at_ms: string }>`SELECT account, at_ms FROM break_glass_sign_in
            WHERE version > ${after} AND version <= ${until} ORDER BY version DESC LIMIT ${mostAtOnce}`.execute(
            database,
          ),
        );
        return rows.map(({ account, at_ms: atMs }) => ({ account, atMs: Number(atMs) }));
      });
      follow(invitedTopic, async (after, until) => {
        const { rows } = await storage.run((database) =>
          sql<{
            account: string;
            at_ms: string;
            made_by: string;
          }>`SELECT account, at_ms, made_by FROM break_glass_invited
            WHERE version > ${after} AND version <= ${until} ORDER BY version DESC LIMIT ${mostAtOnce}`.execute(
            database,
          ),
        );
        return rows.map(({ account, at_ms: atMs, made_by: by }) => ({ account, atMs: Number(atMs), by }));
      });
      return { close: () => void (isClosed = true) };
    },
  };
}
