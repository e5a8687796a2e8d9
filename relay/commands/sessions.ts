import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { currentOperator, operatorWords } from '../acts/operator.ts';
import { endSessions, listSessions } from '../administration/sessions.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { Config } from '../config/config-schema.ts';
import type { SessionFilter, ShownSession } from '../sessions/find-sessions.ts';
import { waitsWords } from './waits-words.ts';

export interface SessionsCommandOptions extends Omit<StatePlace, 'dataDir'> {
  readonly config: Pick<Config, 'relay' | 'apis'>;
  readonly action:
    | { readonly type: 'list'; readonly filter: SessionFilter; readonly all: boolean }
    | { readonly type: 'end'; readonly filter: SessionFilter; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Lists sessions, or ends those that fit. Exit code 0; 2 for bad input, a name that no session has among it; 1 when Redis,
 * or the storage, can't be reached.
 */
export async function sessionsCommand(options: SessionsCommandOptions): Promise<number> {
  const { config, redis, storage, action, json, write, now = Date.now } = options;
  const place: StatePlace = { dataDir: config.relay.data, redis, storage };
  const { apis } = config;
  const show = (session: ShownSession): void =>
    write(json ? `${JSON.stringify(session)}\n` : `${line(session, now())}\n`);
  try {
    if (action.type === 'list') {
      const listed = await listSessions(place, { apis, ...action }, now());
      for (const session of listed) show(session);
      if (listed.length === 0 && !json) write('No session.\n');
      return 0;
    }
    const by = { author: operatorWords(currentOperator()), reason: action.reason };
    const { ended, isRecorded, untold } = await endSessions(place, { apis, filter: action.filter }, by, now());
    for (const session of ended) show(session);
    if (ended.length === 0 && !json) write('No session that goes on.\n');
    if (untold !== null) {
      write(`${untold.message}\n`);
      return 1;
    }
    if (!isRecorded && !json) write(waitsWords(storage));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
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
