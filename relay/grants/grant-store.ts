import type { SQLOutputValue } from 'node:sqlite';
import { isSamePerson } from '../identity/person-key.ts';
import type { Outbox } from '../acts/outbox.ts';
import { openMigratedDatabase } from '../storage/open-migrated-database.ts';
import {
  type AccessEvent,
  type AccessRequest,
  approvedHours,
  closedRequestsKeptMs,
  forgetEveryMs,
  type Asked,
  auditedEvent,
  givenEvent,
  grantEndMs,
  inState,
  requestedEvent,
  type Requester,
} from './grant.ts';
import { inTransaction } from '../storage/in-transaction.ts';

type Awaitable<Value> = Value | Promise<Value>;

/** Which requests to list; all when left out. */
export interface RequestFilter {
  readonly status?: AccessRequest['status'];
  readonly requester?: Requester;
}

/** Access requests, where all who decide find them. A store that can’t be reached says so with an AccessError. */
export interface GrantStore {
  request(asked: Asked, nowMs: number): Awaitable<AccessRequest>;
  /** A grant that nobody has asked for; its reason is the note. */
  give(asked: Asked, by: string, nowMs: number): Awaitable<AccessRequest>;
  /**
   * @param hours for less than was asked
   * @throws AccessError `bad-input` when there is no such request, it was decided before, or the hours are more than asked.
   */
  decide(
    id: string,
    status: 'approved' | 'refused',
    by: string,
    note: string,
    nowMs: number,
    hours?: number,
  ): Awaitable<AccessRequest>;
  /** Ends an approved grant early. @throws AccessError `bad-input` */
  revoke(id: string, by: string, note: string, nowMs: number): Awaitable<AccessRequest>;
  /** Takes back one that waits, for who made it. @throws AccessError `bad-input` */
  cancel(id: string, nowMs: number): Awaitable<AccessRequest>;
  /** Marks grants that are over; how many there were. Deletes, now and then, requests that were closed long ago. */
  expire(nowMs: number): Awaitable<number>;
  find(id: string): Awaitable<AccessRequest | null>;
  /** Newest first. */
  list(filter?: RequestFilter): Awaitable<readonly AccessRequest[]>;
  close(): void;
}

/**
 * Access requests in the data folder. The relay and its command line may have it open at once: each change is one
 * transaction with its event, and events wait there until the relay has put them into the audit.
 */
export interface LocalGrantStore extends GrantStore {
  request(asked: Asked, nowMs: number): AccessRequest;
  give(asked: Asked, by: string, nowMs: number): AccessRequest;
  decide(...decision: Parameters<GrantStore['decide']>): AccessRequest;
  revoke(id: string, by: string, note: string, nowMs: number): AccessRequest;
  cancel(id: string, nowMs: number): AccessRequest;
  expire(nowMs: number): number;
  find(id: string): AccessRequest | null;
  list(filter?: RequestFilter): readonly AccessRequest[];
  /** Events that aren't in the audit yet. */
  readonly outbox: Outbox;
  /** Changes whenever another process has changed something. */
  version(): number;
}

/** Name of the file in the data folder. */
export const grantFile = 'access.sqlite';

/** Each step takes the schema one version on; steps that were released are never changed. */
export const grantSteps: readonly string[] = [
  `
  CREATE TABLE access_request (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, username TEXT NOT NULL,
    api TEXT, role TEXT NOT NULL, reason TEXT NOT NULL, hours REAL NOT NULL, requested_at_ms INTEGER NOT NULL,
    status TEXT NOT NULL, decided_by TEXT, decided_at_ms INTEGER, expires_at_ms INTEGER
  ) STRICT;
  CREATE INDEX access_request_status ON access_request (status, expires_at_ms);
  CREATE TABLE access_event (
    seq INTEGER PRIMARY KEY, request TEXT NOT NULL, event TEXT NOT NULL, time_ms INTEGER NOT NULL,
    by TEXT NOT NULL, note TEXT NOT NULL, audited INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX access_event_audited ON access_event (audited, seq);
  `,
  `
  ALTER TABLE access_request ADD COLUMN note TEXT;
  ALTER TABLE access_request ADD COLUMN had TEXT;
  `,
];

/**
 * Opens or creates the database; readable by its owner only.
 * @throws AccessError `bad-config` when a newer relay has made it
 */
export function openGrantStore(dataDir: string): LocalGrantStore {
  const database = openMigratedDatabase(dataDir, grantFile, grantSteps);
  const insert = database.prepare(
    `INSERT INTO access_request (id, issuer, subject, username, api, role, reason, hours, requested_at_ms, status,
       decided_by, decided_at_ms, expires_at_ms, had) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addEvent = database.prepare(
    'INSERT INTO access_event (request, event, time_ms, by, note) VALUES (?, ?, ?, ?, ?)',
  );
  const markAudited = database.prepare('UPDATE access_event SET audited = 1 WHERE seq = ?');
  const forget = database.prepare(
    `DELETE FROM access_request WHERE status NOT IN ('pending', 'approved')
       AND max(requested_at_ms, coalesce(decided_at_ms, 0), coalesce(expires_at_ms, 0)) < ?
       AND id NOT IN (SELECT request FROM access_event WHERE audited = 0)`,
  );
  const forgetEvents = database.prepare(
    'DELETE FROM access_event WHERE audited = 1 AND request NOT IN (SELECT id FROM access_request)',
  );
  let forgottenAtMs = Number.NEGATIVE_INFINITY;
  const dataVersion = database.prepare('PRAGMA data_version');

  const find = (id: string): AccessRequest | null => {
    const row = database.prepare('SELECT * FROM access_request WHERE id = ?').get(id);
    return row === undefined ? null : fromRow(row);
  };
  const need = (id: string, status: AccessRequest['status']): AccessRequest => {
    const request = find(id);
    return inState(request, id, status);
  };
  const add = ({ event, timeMs, by, note, request }: AccessEvent): AccessRequest => {
    const { id, requester, api, role, reason, hours, requestedAtMs, status, decidedBy, decidedAtMs, expiresAtMs, had } =
      request;
    const { issuer, subject, username } = requester;
    const hadJson = had === undefined ? null : JSON.stringify(had);
    const asked = [id, issuer, subject, username, api, role, reason, hours, requestedAtMs] as const;
    insert.run(...asked, status, decidedBy, decidedAtMs, expiresAtMs, hadJson);
    addEvent.run(id, event, timeMs, by, note);
    return need(id, status);
  };

  return {
    request: (asked, nowMs) => inTransaction(database, () => add(requestedEvent(asked, nowMs))),
    give: (asked, by, nowMs) => inTransaction(database, () => add(givenEvent(asked, { timeMs: nowMs, by }))),
    decide: (id, status, by, note, nowMs, wanted) =>
      inTransaction(database, () => {
        const asked = need(id, 'pending');
        const hours = status === 'approved' ? approvedHours(asked, wanted) : asked.hours;
        const expiresAtMs = status === 'approved' ? grantEndMs(hours, nowMs) : null;
        database
          .prepare(
            'UPDATE access_request SET status = ?, hours = ?, decided_by = ?, decided_at_ms = ?, expires_at_ms = ?, note = ? WHERE id = ?',
          )
          .run(status, hours, by, nowMs, expiresAtMs, note === '' ? null : note, id);
        addEvent.run(id, status, nowMs, by, note);
        return need(id, status);
      }),
    revoke: (id, by, note, nowMs) =>
      inTransaction(database, () => {
        need(id, 'approved');
        database
          .prepare(
            "UPDATE access_request SET status = 'revoked', expires_at_ms = ?, note = coalesce(?, note) WHERE id = ?",
          )
          .run(nowMs, note === '' ? null : note, id);
        addEvent.run(id, 'revoked', nowMs, by, note);
        return need(id, 'revoked');
      }),
    cancel: (id, nowMs) =>
      inTransaction(database, () => {
        const { requester } = need(id, 'pending');
        database.prepare("UPDATE access_request SET status = 'cancelled' WHERE id = ?").run(id);
        addEvent.run(id, 'cancelled', nowMs, requester.username, '');
        return need(id, 'cancelled');
      }),
    expire(nowMs) {
      if (nowMs - forgottenAtMs >= forgetEveryMs) {
        forgottenAtMs = nowMs;
        inTransaction(database, () => {
          if (forget.run(nowMs - closedRequestsKeptMs).changes > 0) forgetEvents.run();
        });
      }
      const over = database.prepare("SELECT id FROM access_request WHERE status = 'approved' AND expires_at_ms <= ?");
      if (over.get(nowMs) === undefined) return 0;
      return inTransaction(database, () => {
        const ids = over.all(nowMs).map((row) => String(row['id']));
        for (const id of ids) {
          database.prepare("UPDATE access_request SET status = 'expired' WHERE id = ?").run(id);
          addEvent.run(id, 'expired', nowMs, '', '');
        }
        return ids.length;
      });
    },
    find,
    list(filter = {}) {
      const rows = database.prepare('SELECT * FROM access_request ORDER BY requested_at_ms DESC, rowid DESC').all();
      return rows.map(fromRow).filter((found) => fits(found, filter));
    },
    outbox: {
      waiting: () =>
        database
          .prepare('SELECT * FROM access_event WHERE audited = 0 ORDER BY seq')
          .all()
          .flatMap((row) => {
            const request = find(String(row['request']));
            const event = String(row['event']) as AccessEvent['event'];
            const timeMs = Number(row['time_ms']);
            const said = { event, timeMs, by: String(row['by']), note: String(row['note']) };
            if (request === null) return [];
            const then = { ...request, expiresAtMs: endAsOf(event, timeMs, request) };
            return [{ id: String(row['seq']), record: auditedEvent({ ...said, request: then }) }];
          }),
      didRecord(id) {
        if (database.isOpen) markAudited.run(Number(id));
      },
    },
    version: () => Number(dataVersion.get()?.['data_version'] ?? 0),
    close: () => database.close(),
  };
}

/** When the grant was to end as of an event; later ones may have changed that. */
function endAsOf(event: AccessEvent['event'], timeMs: number, request: AccessRequest): number | null {
  switch (event) {
    case 'requested':
    case 'refused':
    case 'cancelled':
      return null;
    case 'approved':
      return grantEndMs(request.hours, timeMs);
    case 'revoked':
      return timeMs;
    case 'expired':
      return request.expiresAtMs;
  }
}

/** Whether a request is one of those that are asked for. */
export function fits(request: AccessRequest, { status, requester }: RequestFilter): boolean {
  if (status !== undefined && request.status !== status) return false;
  if (requester === undefined) return true;
  return isSamePerson(request.requester, requester);
}

function fromRow(row: Record<string, SQLOutputValue>): AccessRequest {
  const text = (name: string): string => String(row[name]);
  const orNull = <Value>(name: string, read: (name: string) => Value): Value | null =>
    row[name] === null ? null : read(name);
  const number = (name: string): number => Number(row[name]);
  return {
    id: text('id'),
    requester: { issuer: text('issuer'), subject: text('subject'), username: text('username') },
    api: orNull('api', text),
    role: text('role'),
    reason: text('reason'),
    hours: number('hours'),
    requestedAtMs: number('requested_at_ms'),
    status: text('status') as AccessRequest['status'],
    decidedBy: orNull('decided_by', text),
    decidedAtMs: orNull('decided_at_ms', number),
    expiresAtMs: orNull('expires_at_ms', number),
    ...(row['note'] === null ? {} : { note: text('note') }),
    ...(row['had'] === null ? {} : { had: JSON.parse(text('had')) as string[] }),
  };
}
