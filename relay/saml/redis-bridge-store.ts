import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import type { Seal } from '../shared-state/seal.ts';
import { type BridgeStore, maxOpenRows, openModels, type StoredPayload } from './bridge-store.ts';

/**
 * Keeps a row until its end, and its key in the sets by which it is found. A row that strangers can make is counted;
 * when there are too many, those that end first go.
 * KEYS: row, set of open rows or empty, then the sets. ARGV: value, lifetime (ms), now (ms), most open rows, is open.
 */
const putScript = `
local lifetime = tonumber(ARGV[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', lifetime)
for i = 3, #KEYS do
  redis.call('SADD', KEYS[i], KEYS[1])
  if redis.call('PTTL', KEYS[i]) < lifetime then redis.call('PEXPIRE', KEYS[i], lifetime) end
end
if ARGV[5] == 'no' then
  redis.call('ZREM', KEYS[2], KEYS[1])
elseif ARGV[5] == 'yes' then
  redis.call('ZADD', KEYS[2], tonumber(ARGV[3]) + lifetime, KEYS[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
  if redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[4]) then
    local first = redis.call('ZPOPMIN', KEYS[2], math.floor(tonumber(ARGV[4]) / 10))
    for i = 1, #first, 2 do redis.call('DEL', first[i]) end
  end
end
return 1`;

/** Removes all rows of the sets, the sets, and the same for the sets that a set of sets names. KEYS: sets, last: names of sets. */
const deleteScript = `
local function clear(set)
  for _, row in ipairs(redis.call('SMEMBERS', set)) do redis.call('DEL', row) end
  redis.call('DEL', set)
end
for _, set in ipairs(redis.call('SMEMBERS', KEYS[2])) do clear(set) end
redis.call('DEL', KEYS[2])
clear(KEYS[1])
return 1`;

/** Adds the name of a grant's set to a session. KEYS: names of sets. ARGV: name, lifetime (ms). */
const linkScript = `
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/**
 * The bridge’s memory in Redis, for all relays that share it: a sign-in may begin at one relay and end at another. Ids are
 * kept as SHA-256 only and rows are sealed, so that who reads Redis learns nothing and can’t make up a session. The
 * functions reject with AccessError `shared-state-unavailable` while Redis can't be reached.
 */
export function openRedisBridgeStore(options: {
  readonly redis: RedisConnection;
  readonly seal: Seal;
  readonly log: Logger;
  readonly now: () => number;
  /** Most rows of a model that strangers can make. */
  readonly maxOpen?: number;
}): BridgeStore {
  const { redis, seal, log, now, maxOpen = maxOpenRows } = options;
  const key = (...parts: readonly string[]): string => redis.key(`saml:${parts.join(':')}`);
  const rowKey = (model: string, id: string): string => key('row', model, hashed(id));
  const uidKey = (model: string, uid: string): string => key('uid', model, hashed(uid));
  const grantKey = (hashedGrant: string): string => key('grant', hashedGrant);
  const sessionKey = (uid: string): string => key('session', hashed(uid));
  const sessionGrantsKey = (uid: string): string => key('session-grants', hashed(uid));
  const lookupKey = (model: string, value: string): string => key('lookup', model, hashed(value));

  const parse = (row: string, sealed: string | null): StoredPayload | undefined => {
    if (sealed === null) return undefined;
    const text = seal.open(row, sealed);
    if (text === undefined) log.warn({ key: row }, 'a row of the SAML bridge was sealed with another secret');
    return text === undefined ? undefined : (JSON.parse(text) as StoredPayload);
  };
  const rowsOf = async (set: string): Promise<StoredPayload[]> => {
    const keys = await redis.run((client) => client.sMembers(set));
    if (keys.length === 0) return [];
    const values = await redis.run((client) => client.mGet(keys));
    return keys.map((row, index) => parse(row, values[index] ?? null)).filter((payload) => payload !== undefined);
  };
  const deleteSets = (set: string, names: string): Promise<unknown> =>
    redis.run((client) => client.eval(deleteScript, { keys: [set, names] }));

  return {
    async put(model, id, payload, expiresAtMs) {
      const lifetimeMs = Math.max(1, Math.ceil(expiresAtMs - now()));
      const { uid, grantId, sessionUid, lookup, accountId } = payload;
      const row = rowKey(model, id);
      const isOpen = openModels.has(model) && !(model === 'Session' && typeof accountId === 'string');
      const grant = model === 'Grant' ? hashed(id) : typeof grantId === 'string' ? hashed(grantId) : undefined;
      const session = model === 'Session' ? uid : sessionUid;
      const sets = [
        ...(typeof uid === 'string' ? [uidKey(model, uid)] : []),
        ...(grant === undefined ? [] : [grantKey(grant)]),
        ...(typeof session === 'string' ? [sessionKey(session)] : []),
        ...(typeof lookup === 'string' ? [lookupKey(model, lookup)] : []),
      ];
      const bound = openModels.has(model) ? (isOpen ? 'yes' : 'no') : 'none';
      const sealed = seal.close(row, JSON.stringify(payload));
      await redis.run(async (client) => {
        // First the link, so that a session that ends meanwhile leaves no grant behind.
        if (typeof session === 'string' && grant !== undefined)
          await client.eval(linkScript, {
            keys: [sessionGrantsKey(session)],
            arguments: [grantKey(grant), String(lifetimeMs)],
          });
        await client.eval(putScript, {
          keys: [row, key('open', model), ...sets],
          arguments: [sealed, String(lifetimeMs), String(now()), String(maxOpen), bound],
        });
      });
    },
    async get(model, id) {
      const row = rowKey(model, id);
      return parse(row, await redis.run((client) => client.get(row)));
    },
    async findByUid(model, uid) {
      return (await rowsOf(uidKey(model, uid))).find((payload) => payload['uid'] === uid);
    },
    async take(model, id) {
      const row = rowKey(model, id);
      return parse(row, await redis.run((client) => client.getDel(row)));
    },
    async addOnce(model, id, expiresAtMs) {
      const lifetimeMs = Math.max(1, Math.ceil(expiresAtMs - now()));
      const expiration = { type: 'PX', value: lifetimeMs } as const;
      const added = await redis.run((client) =>
        client.set(key('once', model, hashed(id)), '1', { condition: 'NX', expiration }),
      );
      return added !== null;
    },
    async delete(model, id) {
      await redis.run((client) => client.del(rowKey(model, id)));
    },
    async deleteGrant(grantId) {
      await deleteSets(grantKey(hashed(grantId)), key('none'));
    },
    async deleteSession(sessionUid) {
      await deleteSets(sessionKey(sessionUid), sessionGrantsKey(sessionUid));
    },
    findByIndex: (model, index) => rowsOf(lookupKey(model, index)),
    // The connection is its opener's.
    close: () => undefined,
  };
}

function hashed(id: string): string {
  return hash('sha256', id, 'base64url');
}
