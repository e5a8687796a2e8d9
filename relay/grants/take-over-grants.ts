import { sql } from 'kysely';
import { personHash } from '../identity/person-key.ts';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { AccessRequest } from './grant.ts';
import { grantTopic } from './postgres-grant-store.ts';

/** A request only ever goes on in this order. */
const course: readonly AccessRequest['status'][] = [
  'pending',
  'cancelled',
  'refused',
  'approved',
  'expired',
  'revoked',
];

/** Takes requests of a data folder into the storage; of one that is there already, the later state counts. */
export async function takeOverGrants(storage: PostgresConnection, requests: readonly AccessRequest[]): Promise<void> {
  const column = <Value>(read: (request: AccessRequest) => Value): readonly Value[] => requests.map(read);
  await storage.transaction(async (transaction) => {
    await sql`
      INSERT INTO access_request (id, person, status, requested_at_ms, expires_at_ms, content)
      SELECT id, person, status, requested_at_ms, expires_at_ms, content FROM unnest(
        ${column(({ id }) => id)}::text[], ${column(({ requester }) => personHash(requester))}::text[],
        ${column(({ status }) => status)}::text[], ${column(({ requestedAtMs }) => Math.round(requestedAtMs))}::bigint[],
        ${column(({ expiresAtMs }) => expiresAtMs)}::bigint[], ${column((request) => JSON.stringify(request))}::text[]
      ) WITH ORDINALITY AS told (id, person, status, requested_at_ms, expires_at_ms, content, place) ORDER BY place
      ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at_ms = excluded.expires_at_ms,
        content = excluded.content
      WHERE array_position(${course}::text[], excluded.status) > array_position(${course}::text[], access_request.status)
    `.execute(transaction);
    await countChange(transaction, grantTopic);
  });
}
