import { reasonedError } from '../../shared/plain-reason.ts';
import { reason } from '../../shared/reason.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import {
  type AccessEvent,
  type AccessRequest,
  cancelledEvent,
  decidedEvent,
  endedEvent,
  givenEvent,
  inState,
  isForgotten,
  requestedEvent,
} from './grant.ts';
import { fits, type GrantStore } from './grant-store.ts';

/** Access requests in Redis, for all relays that share it. Each change is one step together with its event. */
export interface RedisGrantStore extends GrantStore {
  /** Key of the stream with what happened; each entry has an {@link AccessEvent} as JSON in `event`. */
  readonly events: string;
  list(filter?: Parameters<GrantStore['list']>[0]): Promise<readonly AccessRequest[]>;
}

const dayMs = 86_400_000;
const keepEventsMs = 30 * dayMs;
const maxTries = 10;

/** Changes a request only if it still is what the caller saw; 1 when it was. */
const changeScript = `
local before = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if before ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('XADD', KEYS[2], 'MINID', '~', ARGV[5], '*', 'event', ARGV[4])
return 1`;

/** The functions reject with AccessError `shared-state-unavailable` while Redis can't be reached. */
export function openRedisGrantStore(redis: RedisConnection): RedisGrantStore {
  const requests = redis.key('access:requests');
  const events = redis.key('access:events');

  const write = async (before: string, happened: AccessEvent): Promise<boolean> => {
    const { request, timeMs } = happened;
    const values = [
      request.id,
      before,
      JSON.stringify(request),
      JSON.stringify(happened),
      String(timeMs - keepEventsMs),
    ];
    const done = await redis.run((client) =>
      client.eval(changeScript, { keys: [requests, events], arguments: values }),
    );
    return done === 1;
  };
  const read = async (id: string): Promise<string> => (await redis.run((client) => client.hGet(requests, id))) ?? '';

  const add = async (event: AccessEvent): Promise<AccessRequest> => {
    await write('', event);
    return event.request;
  };
  /** Applies `change` to the request as it is; again when somebody else was faster. */
  const change = async (
    id: string,
    from: AccessRequest['status'],
    happened: (request: AccessRequest) => AccessEvent,
  ): Promise<AccessRequest> => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const before = await read(id);
      const event = happened(inState(parse(before), id, from));
      if (await write(before, event)) return event.request;
    }
    throw reasonedError('overloaded', reason('request-changing', { id }));
  };

  return {
    events,
    request: (asked, nowMs) => add(requestedEvent(asked, nowMs)),
    give: (asked, by, nowMs) => add(givenEvent(asked, { timeMs: nowMs, by })),
    decide: (id, status, by, note, nowMs, hours) =>
      change(id, 'pending', (request) => decidedEvent(request, status, { timeMs: nowMs, by, note }, hours)),
    revoke: (id, by, note, nowMs) =>
      change(id, 'approved', (request) => endedEvent(request, { timeMs: nowMs, by, note })),
    cancel: (id, nowMs) => change(id, 'pending', (request) => cancelledEvent(request, nowMs)),
    async expire(nowMs) {
      const all = await redis.run((client) => client.hGetAll(requests));
      let ended = 0;
      for (const [id, before] of Object.entries(all)) {
        const request = parse(before);
        if (request === null) continue;
        const isOver = request.status === 'approved' && (request.expiresAtMs ?? 0) <= nowMs;
        if (isForgotten(request, nowMs)) await redis.run((client) => client.hDel(requests, id));
        if (!isOver) continue;
        const expired: AccessRequest = { ...request, status: 'expired' };
        // Another relay may have marked it already.
        const happened = { event: 'expired', timeMs: nowMs, by: '', note: '', request: expired } as const;
        if (await write(before, happened)) ended += 1;
      }
      return ended;
    },
    find: async (id) => parse(await read(id)),
    async list(filter = {}) {
      const all = await redis.run((client) => client.hVals(requests));
      return all
        .map(parse)
        .filter((request) => request !== null)
        .filter((request) => fits(request, filter))
        .toSorted((one, other) => other.requestedAtMs - one.requestedAtMs || (one.id < other.id ? 1 : -1));
    },
    close: () => undefined,
  };
}

/** A request as it stands in Redis; null for none. */
function parse(text: string): AccessRequest | null {
  return text === '' ? null : (JSON.parse(text) as AccessRequest);
}
