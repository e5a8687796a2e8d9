import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { Config } from '../config/config-schema.ts';
import { findSessions, type SessionFilter, type ShownSession, shownSession } from '../sessions/find-sessions.ts';
import { newLock, signInEndLifetimeMs } from '../sessions/lock.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { waitsWords } from './access.ts';
import { openLocks, type OpenedLocks } from './open-locks.ts';

export interface SessionsCommandOptions {
  readonly config: Pick<Config, 'relay' | 'apis'>;
  /** Where relays share their sessions; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  /** Where relays keep them together. */
  readonly storage?: PostgresSettings | undefined;
  readonly action:
    | { readonly type: 'list'; readonly filter: SessionFilter; readonly all: boolean }
    | { readonly type: 'end'; readonly filter: SessionFilter; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Lists sessions, or ends those that fit: their tunnels close within a second or two, at all relays, and their tokens count
 * nowhere any more. Exit code 0; 2 for bad input, a name that no session has among it; 1 when Redis, or the storage, can't be
 * reached.
 */
export async function sessionsCommand(options: SessionsCommandOptions): Promise<number> {
  const { config, redis, storage, action, json, write, now = Date.now } = options;
  const show = (session: ShownSession): void =>
    write(json ? `${JSON.stringify(session)}\n` : `${line(session, now())}\n`);
  let opened: OpenedLocks | undefined;
  try {
    const { api } = action.filter;
    if (api !== undefined && !config.apis.some(({ id }) => id === api)) {
      const known = config.apis.map(({ id }) => id).join(', ');
      throw new AccessError('bad-input', `There is no API “${api}” in the configuration. APIs: ${known}.`);
    }
    opened = await openLocks({ dataDir: config.relay.data, redis, storage });
    const { store } = opened;
    await opened.exchange();
    const found = findSessions(await opened.sessions(), action.filter);
    const shown = async (): Promise<readonly ShownSession[]> => {
      const locks = await store.list();
      return found.map((session) => shownSession(session, locks, now()));
    };
    if (action.type === 'list') {
      const listed = (await shown()).filter(({ ended }) => action.all || ended === null);
      for (const session of listed) show(session);
      if (listed.length === 0 && !json) write('No session.\n');
      return 0;
    }
    if (Object.keys(action.filter).length === 0)
      throw new AccessError('bad-input', 'Say which sessions are to end: --session, --person, --device, …');
    const reason = readReason(action.reason);
    const author = operatorWords(currentOperator());
    const untilMs = now() + signInEndLifetimeMs;
    const toEnd = (await shown()).filter(({ ended }) => ended === null);
    const ends = toEnd.map(({ id }) =>
      newLock({ type: 'sign-in', session: id, endedBy: 'administrator' }, { reason, author, untilMs }, now()),
    );
    await store.add(ends, 'session-ended');
    for (const session of await shown()) if (toEnd.some(({ id }) => id === session.id)) show(session);
    if (toEnd.length === 0 && !json) write('No session that goes on.\n');
    const isRecorded = await opened.untilRecorded(ends.map(({ id }) => id));
    await opened.exchange();
    if (!isRecorded && !json) write(waitsWords(storage));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  } finally {
    await opened?.close();
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
