import { AccessError } from '../../shared/errors.ts';
import { type Person, personHash } from '../identity/person-key.ts';
import type { RedisConnection } from '../shared-state/redis-connection.ts';
import { mergeSessions, parseSession, type SessionRecord, sessionLifetimeMs } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

/** Stream of sessions that weren't known before: the hash of whose it is, and its id. */
export function openedStream(redis: RedisConnection): string {
  return redis.key('sessions:opened');
}

/** Where the sessions of a person are, by {@link personHash}. */
export function sessionsKey(redis: RedisConnection, person: string): string {
  return redis.key(`sessions:of:${person}`);
}

const openedKept = 1000;
const peopleAtOnce = 200;
const maxTries = 20;

/** Changes sessions of one person only where they still are what the caller saw; 1 when they were. */
const putScript = `
local count = (#ARGV - 1) / 3
for index = 1, count do
  local before = redis.call('HGET', KEYS[1], ARGV[index * 3 - 1]) or ''
  if before ~= ARGV[index * 3] then return 0 end
end
for index = 1, count do redis.call('HSET', KEYS[1], ARGV[index * 3 - 1], ARGV[index * 3 + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[2], KEYS[1])
return 1`;

/**
 * Sessions in Redis, for all relays that share it: a hash for each person, and a set with all of them. The functions reject
 * with AccessError `shared-state-unavailable` while Redis can't be reached.
 */
export function openRedisSessionStore(redis: RedisConnection): SessionStore {
  const people = redis.key('sessions:people');
  const keyOf = (person: Person): string => sessionsKey(redis, personHash(person));
  const parsed = (texts: readonly string[]): readonly SessionRecord[] =>
    texts.map(parseSession).filter((session) => session !== null);

  /** Adds what is told of one person’s sessions to what is there; those that are new, or null when somebody else changed that meanwhile. */
  const putOnce = async (key: string, told: readonly SessionRecord[]): Promise<readonly SessionRecord[] | null> => {
    const known = await redis.run((client) =>
      client.hmGet(
        key,
        told.map(({ id }) => id),
      ),
    );
    const changes = told.flatMap((session, index) => {
      const before = known[index] ?? '';
      const merged = mergeSessions(before === '' ? null : parseSession(before), session);
      return [session.id, before, JSON.stringify(merged)];
    });
    const done = await redis.run((client) =>
      client.eval(putScript, { keys: [key, people], arguments: [String(sessionLifetimeMs), ...changes] }),
    );
    return done === 1 ? told.filter((_, index) => (known[index] ?? null) === null) : null;
  };

  const tellOpened = async (sessions: readonly SessionRecord[]): Promise<void> => {
    if (sessions.length === 0) return;
    await redis.run((client) => {
      const telling = client.multi();
      for (const session of sessions)
        telling.xAdd(
          openedStream(redis),
          '*',
          { person: personHash(session), session: session.id },
          { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: openedKept } },
        );
      return telling.exec();
    });
  };

  return {
    async put(sessions) {
      for (const [key, ofPerson] of Map.groupBy(sessions, keyOf)) {
        let opened = await putOnce(key, ofPerson);
        for (let tries = 1; opened === null; tries += 1) {
          if (tries === maxTries) throw new AccessError('overloaded', 'The sessions are being changed by others.');
          opened = await putOnce(key, ofPerson);
        }
        await tellOpened(opened);
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
