import { randomUUID } from 'node:crypto';
import { type ColumnType, type GeneratedAlways, sql, type Transaction } from 'kysely';
import { addActs } from '../acts/postgres-acts.ts';
import { personHash } from '../identity/person-key.ts';
import { countChange } from '../storage/changes.ts';
import type { PostgresConnection } from '../storage/postgres/connect-postgres.ts';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';
import { storable } from '../storage/postgres/storable-text.ts';
import {
  type AccessEvent,
  type AccessRequest,
  auditedEvent,
  cancelledEvent,
  closedRequestsKeptMs,
  forgetEveryMs,
  decidedEvent,
  endedEvent,
  givenEvent,
  inState,
  requestedEvent,
} from './grant.ts';
import { fits, type GrantStore } from './grant-store.ts';
import { storageTime } from '../storage/postgres/storage-time.ts';
import { jsonIn } from '../storage/postgres/json-in.ts';

/** Access requests of all relays; `content` has all of one, the other columns what is looked for. */
interface GrantTables {
  readonly access_request: {
    readonly seq: GeneratedAlways<string>;
    readonly id: string;
    readonly person: string;
    readonly status: AccessRequest['status'];
    readonly requested_at_ms: ColumnType<string, number, never>;
    readonly expires_at_ms: ColumnType<string | null, number | null, number | null>;
    readonly content: string;
  };
}

/** `person` is a hash of who asked, see {@link personHash}. */
export const grantMigrations: DomainMigrations = {
  domain: 'grants',
  steps: [
    `CREATE TABLE access_request (
       seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE, id text PRIMARY KEY, person text NOT NULL, status text NOT NULL,
       requested_at_ms bigint NOT NULL, expires_at_ms bigint, content text NOT NULL
     );
     CREATE INDEX access_request_person ON access_request (person);
     CREATE INDEX access_request_status ON access_request (status, expires_at_ms)`,
  ],
};

const forgottenAtOnce = 1000;

/** Topic of {@link countChange}. */
export const grantTopic = 'grants';

/** Access requests in PostgreSQL, for all relays that share it. Each change is one transaction with its act. */
export interface PostgresGrantStore extends GrantStore {
  expire(nowMs: number): Promise<number>;
  list(filter?: Parameters<GrantStore['list']>[0]): Promise<readonly AccessRequest[]>;
}

/** The functions reject with AccessError `shared-state-unavailable` while PostgreSQL can't be used. */
export function openPostgresGrantStore(storage: PostgresConnection): PostgresGrantStore {
  const change = <Result>(
    work: (transaction: Transaction<GrantTables>) => Promise<readonly [Result, readonly AccessEvent[]]>,
  ): Promise<Result> =>
    storage.transaction<GrantTables, Result>(async (transaction) => {
      const [result, events] = await work(transaction);
      if (events.length === 0) return result;
      await countChange(transaction, grantTopic);
      await addActs(
        transaction,
        events.map((event) => ({ id: randomUUID(), record: auditedEvent(event) })),
      );
      return result;
    });
  const put = async (transaction: Transaction<GrantTables>, request: AccessRequest): Promise<void> => {
    const { id, status, expiresAtMs } = request;
    const changed = { status, expires_at_ms: expiresAtMs, content: JSON.stringify(request) };
    await transaction.updateTable('access_request').set(changed).where('id', '=', id).execute();
  };
  const add = (happened: () => AccessEvent): Promise<AccessRequest> =>
    change(async (transaction) => {
      const event = happened();
      const { request } = event;
      const { id, requester, status, requestedAtMs, expiresAtMs } = request;
      const times = { requested_at_ms: requestedAtMs, expires_at_ms: expiresAtMs };
      await transaction
        .insertInto('access_request')
        .values({ id, person: personHash(requester), status, ...times, content: JSON.stringify(request) })
        .execute();
      return [request, [event]];
    });
  /** Changes one that is in the state `from`, which no one else changes meanwhile. */
  const changeOne = (
    id: string,
    from: AccessRequest['status'],
    happened: (request: AccessRequest) => AccessEvent,
  ): Promise<AccessRequest> =>
    change(async (transaction) => {
      const row = await transaction
        .selectFrom('access_request')
        .select('content')
        .where('id', '=', storable(id))
        .forUpdate()
        .executeTakeFirst();
      const event = happened(inState(row === undefined ? null : parse(row), id, from));
      await put(transaction, event.request);
      return [event.request, [event]];
    });

  let forgottenAtMs = Number.NEGATIVE_INFINITY;
  /** Requests that were closed long ago; nobody's grants change by it. */
  const forget = async (nowMs: number): Promise<void> => {
    await storage.run<GrantTables, unknown>((database) =>
      sql`
        DELETE FROM access_request WHERE id IN (
          SELECT id FROM access_request
          WHERE status NOT IN ('pending', 'approved') AND greatest(
            requested_at_ms, coalesce(expires_at_ms, 0), coalesce((${sql.raw(jsonIn('content'))} ->> 'decidedAtMs')::numeric, 0)
          ) < ${storageTime(nowMs)} - ${closedRequestsKeptMs}::bigint
          LIMIT ${forgottenAtOnce}
        )`.execute(database),
    );
  };

  return {
    request: (asked, nowMs) => add(() => requestedEvent(asked, nowMs)),
    give: (asked, by, nowMs) => add(() => givenEvent(asked, { timeMs: nowMs, by })),
    decide: (id, status, by, note, nowMs, hours) =>
      changeOne(id, 'pending', (request) => decidedEvent(request, status, { timeMs: nowMs, by, note }, hours)),
    revoke: (id, by, note, nowMs) =>
      changeOne(id, 'approved', (request) => endedEvent(request, { timeMs: nowMs, by, note })),
    cancel: (id, nowMs) => changeOne(id, 'pending', (request) => cancelledEvent(request, nowMs)),
    async expire(nowMs) {
      if (nowMs - forgottenAtMs >= forgetEveryMs) {
        await forget(nowMs);
        forgottenAtMs = nowMs;
      }
      return await change(async (transaction) => {
        const rows = await transaction
          .selectFrom('access_request')
          .select('content')
          .where('status', '=', 'approved')
          .where('expires_at_ms', '<=', storageTime(nowMs))
          .orderBy('seq')
          .forUpdate()
          .execute();
        const events = rows.map(parse).map((request): AccessEvent => {
          const expired: AccessRequest = { ...request, status: 'expired' };
          return { event: 'expired', timeMs: nowMs, by: '', note: '', request: expired };
        });
        for (const { request } of events) await put(transaction, request);
        return [events.length, events];
      });
    },
    find: (id) =>
      storage.run<GrantTables, AccessRequest | null>(async (database) => {
        const requests = database.selectFrom('access_request').select('content');
        const row = await requests.where('id', '=', storable(id)).executeTakeFirst();
        return row === undefined ? null : parse(row);
      }),
    list: (filter = {}) =>
      storage.run<GrantTables, readonly AccessRequest[]>(async (database) => {
        const { status, requester } = filter;
        let query = database.selectFrom('access_request').select('content');
        if (status !== undefined) query = query.where('status', '=', status);
        if (requester !== undefined) query = query.where('person', '=', personHash(requester));
        const rows = await query.orderBy('requested_at_ms', 'desc').orderBy('seq', 'desc').execute();
        return rows.map(parse).filter((request) => fits(request, filter));
      }),
    close: () => undefined,
  };
}

function parse({ content }: { readonly content: string }): AccessRequest {
  return JSON.parse(content) as AccessRequest;
}
