import { hash } from 'node:crypto';
import { type Person, personKey } from '../identity/person-key.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import { mergeSessions, parseSession, type SessionRecord, sessionLifetimeMs } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

const peopleAtOnce = 200;

/**
 * Sessions in Redis, for all relays that share it: a hash for each person, and a set with all of them. The functions reject
 * with AccessError `shared-state-unavailable` while Redis can't be reached.
 */
export function openRedisSessionStore(redis: RedisConnection): SessionStore {
  const people = redis.key('sessions:people');
  const keyOf = (person: Person): string => redis.key(`sessions:of:${hash('sha256', personKey(person), 'base64url')}`);
  const parsed = (texts: readonly string[]): readonly SessionRecord[] =>
    texts.map(parseSession).filter((session) => session !== null);

  return {
    async put(sessions) {
      for (const [key, ofPerson] of Map.groupBy(sessions, keyOf)) {
        const ids = ofPerson.map(({ id }) => id);
        const known = await redis.run((client) => client.hmGet(key, ids));
        const merged = ofPerson.map((told, index) => mergeSessions(parseSession(known[index] ?? 'null'), told));
        const contents = Object.fromEntries(merged.map((session) => [session.id, JSON.stringify(session)]));
        await redis.run((client) =>
          client.multi().hSet(key, contents).pExpire(key, sessionLifetimeMs).sAdd(people, key).exec(),
        );
      }
    },
    async list(person) {
      if (person !== undefined) return newestFirst(parsed(await redis.run((client) => client.hVals(keyOf(person)))));
      const keys = await redis.run((client) => client.sMembers(people));
      const found: SessionRecord[] = [];
      for (let from = 0; from < keys.length; from += peopleAtOnce) {
        const some = keys.slice(from, from + peopleAtOnce);
        const texts = await redis.run((client) => Promise.all(some.map((key) => client.hVals(key))));
        found.push(...parsed(texts.flat()));
      }
      return newestFirst(found);
    },
    async forget(nowMs) {
      const keys = await redis.run((client) => client.sMembers(people));
      for (const key of keys) {
        const sessions = parsed(await redis.run((client) => client.hVals(key)));
        const over = sessions
          .filter(({ lastUsedAtMs }) => lastUsedAtMs <= nowMs - sessionLifetimeMs)
          .map(({ id }) => id);
        if (over.length > 0) await redis.run((client) => client.hDel(key, over));
        if (over.length === sessions.length) await redis.run((client) => client.sRem(people, key));
      }
    },
    close: () => undefined,
  };
}

function newestFirst(sessions: readonly SessionRecord[]): readonly SessionRecord[] {
  return sessions.toSorted((one, other) => other.lastUsedAtMs - one.lastUsedAtMs || (one.id < other.id ? -1 : 1));
}
