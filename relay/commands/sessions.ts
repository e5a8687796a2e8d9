import { pino } from 'pino';
import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { Config } from '../config/config-schema.ts';
import { findSessions, type SessionFilter, type ShownSession, shownSession } from '../sessions/find-sessions.ts';
import { newLock, signInEndLifetimeMs } from '../sessions/lock.ts';
import { openLockStore } from '../sessions/lock-store.ts';
import { mergeSessions, type SessionRecord } from '../sessions/session-record.ts';
import { openSessionStore } from '../sessions/session-store.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { waitsWords } from './access.ts';
import { exchange, waitForRecord } from './locks.ts';

export interface SessionsCommandOptions {
  readonly config: Pick<Config, 'relay' | 'apis'>;
  /** Where relays share their sessions; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  readonly action:
    | { readonly type: 'list'; readonly filter: SessionFilter; readonly all: boolean }
    | { readonly type: 'end'; readonly filter: SessionFilter; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Lists sessions, or ends those that fit: their tunnels close within a second or two, at all relays, and their tokens count
 * nowhere any more. Exit code 0; 2 for bad input, a name that no session has among it; 1 when Redis can't be reached.
 */
export async function sessionsCommand(options: SessionsCommandOptions): Promise<number> {
  const { config, redis, action, json, write, now = Date.now } = options;
  const show = (session: ShownSession): void =>
    write(json ? `${JSON.stringify(session)}\n` : `${line(session, now())}\n`);
  const locks = openLockStore(config.relay.data);
  try {
    const { api } = action.filter;
    if (api !== undefined && !config.apis.some(({ id }) => id === api)) {
      const known = config.apis.map(({ id }) => id).join(', ');
      throw new AccessError('bad-input', `There is no API “${api}” in the configuration. APIs: ${known}.`);
    }
    await exchange(options, locks);
    const found = findSessions(await readSessions(config.relay.data, redis), action.filter);
    const shown = (): readonly ShownSession[] => found.map((session) => shownSession(session, locks.list(), now()));
    if (action.type === 'list') {
      const listed = shown().filter(({ ended }) => action.all || ended === null);
      for (const session of listed) show(session);
      if (listed.length === 0 && !json) write('No session.\n');
      return 0;
    }
    if (Object.keys(action.filter).length === 0)
      throw new AccessError('bad-input', 'Say which sessions are to end: --session, --person, --device, …');
    const reason = readReason(action.reason);
    const author = operatorWords(currentOperator());
    const untilMs = now() + signInEndLifetimeMs;
    const toEnd = shown().filter(({ ended }) => ended === null);
    locks.add(
      toEnd.map(({ id }) =>
        newLock({ type: 'sign-in', session: id, endedBy: 'administrator' }, { reason, author, untilMs }, now()),
      ),
      'session-ended',
    );
    for (const session of shown()) if (toEnd.some(({ id }) => id === session.id)) show(session);
    if (toEnd.length === 0 && !json) write('No session that goes on.\n');
    const isRecorded = await waitForRecord(config.relay.data, locks);
    await exchange(options, locks);
    if (!isRecorded && !json) write(waitsWords);
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  } finally {
    locks.close();
  }
}

/** What this relay and the others know. @throws AccessError `shared-state-unavailable` */
async function readSessions(dataDir: string, settings: RedisSettings | undefined): Promise<readonly SessionRecord[]> {
  const local = openSessionStore(dataDir);
  const own = local.list();
  local.close();
  if (settings === undefined) return own;
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRedisSessionStore } = await import('../sessions/redis-session-store.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
    const byId = new Map(own.map((session) => [session.id, session]));
    for (const session of await openRedisSessionStore(redis).list())
      byId.set(session.id, mergeSessions(byId.get(session.id) ?? null, session));
    return [...byId.values()].toSorted((one, other) => other.lastUsedAtMs - one.lastUsedAtMs);
  } finally {
    redis.close();
  }
}

function line(session: ShownSession, nowMs: number): string {
  const { id, username, provider, device, lastUsedAtMs, sinceMs, addresses, apis, ended, openTunnels } = session;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const state =
    ended !== null ? `ended by ${ended.by} at ${iso(ended.atMs)}: ${ended.reason}` : `${openTunnels} open tunnels`;
  const where = Object.keys(addresses).join(', ');
  const used = Object.keys(apis).length === 0 ? 'no API' : Object.keys(apis).join(', ');
  const isRecent = nowMs - lastUsedAtMs < 60_000;
  return shownText(
    `${id}  ${username} (${provider})  ${device.name}, ${device.system}, Causeway ${device.appVersion}  since ${iso(sinceMs)}, ` +
      `${isRecent ? 'in use now' : `last used ${iso(lastUsedAtMs)}`}, from ${where}, used ${used}; ${state}`,
  );
}
