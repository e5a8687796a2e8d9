import { AccessError } from '../../shared/errors.ts';
import { quotedText, shownText } from '../../shared/shown-text.ts';
import { currentOperator, operatorWords } from '../acts/operator.ts';
import { endSessions, listSessions } from '../administration/sessions.ts';
import type { ActOutcome, StatePlace } from '../administration/state-place.ts';
import type { Config } from '../config/config-schema.ts';
import type { SessionFilter, ShownSession } from '../sessions/find-sessions.ts';
import { allPages, type AtRelay, type RunningRelay } from './running-relay.ts';
import { outcomeOfAnswer, waitsWords } from './waits-words.ts';

/** Where the sessions are, when no relay runs that can be asked. */
export interface SessionsPlace extends Omit<StatePlace, 'dataDir'> {
  readonly config: Pick<Config, 'relay' | 'apis'>;
}

export type SessionsCommandOptions = (SessionsPlace | AtRelay) & {
  readonly action:
    | { readonly type: 'list'; readonly filter: SessionFilter; readonly all: boolean }
    | { readonly type: 'end'; readonly filter: SessionFilter; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
  readonly now?: () => number;
};

interface Sessions {
  readonly isStored: boolean;
  list(filter: SessionFilter, all: boolean): Promise<readonly ShownSession[]>;
  end(filter: SessionFilter, reason: string): Promise<ActOutcome & { readonly ended: readonly ShownSession[] }>;
}

/**
 * Lists sessions, or ends those that fit. Exit code 0; 2 for bad input, a name that no session has among it; 1 when Redis,
 * or the storage, can't be reached.
 */
export async function sessionsCommand(options: SessionsCommandOptions): Promise<number> {
  const { action, json, write, warn = write, now = Date.now } = options;
  const sessions = 'relay' in options ? atRelay(options.relay) : inPlace(options, now);
  const show = (session: ShownSession): void =>
    write(json ? `${JSON.stringify(session)}\n` : `${sessionLine(session, now())}\n`);
  try {
    if (action.type === 'list') {
      const listed = await sessions.list(action.filter, action.all);
      for (const session of listed) show(session);
      if (listed.length === 0 && !json) write('No session.\n');
      return 0;
    }
    const { ended, isRecorded, untold } = await sessions.end(action.filter, action.reason);
    for (const session of ended) show(session);
    if (ended.length === 0 && !json) write('No session that goes on.\n');
    if (untold !== null) {
      warn(`${untold.message}\n`);
      return 1;
    }
    if (!isRecorded && !json) write(waitsWords(sessions.isStored));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    warn(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  }
}

function inPlace({ config, redis, storage }: SessionsPlace, now: () => number): Sessions {
  const place: StatePlace = { dataDir: config.relay.data, redis, storage };
  const { apis } = config;
  return {
    isStored: storage !== undefined,
    list: (filter, all) => listSessions(place, { apis, filter, all }, now()),
    end: (filter, reason) =>
      endSessions(place, { apis, filter }, { author: operatorWords(currentOperator()), reason }, now()),
  };
}

function atRelay(relay: RunningRelay): Sessions {
  const path = '/admin/v1/sessions';
  return {
    isStored: relay.stateIn === 'storage',
    list: (filter, all) => allPages<ShownSession>(relay, path, { ...filter, all }, 'sessions'),
    async end(filter, reason) {
      const answer = (await relay.post(`${path}/end`, { ...filter, reason })) as { readonly ended: ShownSession[] };
      return { ended: answer.ended, ...outcomeOfAnswer(answer) };
    },
  };
}

/** A session in one line; what its client says of itself stands in quotes, so that it can’t pose as the rest. Pure. */
export function sessionLine(session: ShownSession, nowMs: number): string {
  const { id, username, provider, device, chosenName, lastUsedAtMs, sinceMs, addresses, apis, ended, openTunnels } =
    session;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const state =
    ended !== null
      ? `ended by ${ended.by} at ${iso(ended.atMs)}: ${ended.reason}`
      : `${openTunnels} open ${openTunnels === 1 ? 'tunnel' : 'tunnels'}`;
  const where = Object.keys(addresses).join(', ');
  const used = Object.keys(apis).length === 0 ? 'no API' : Object.keys(apis).join(', ');
  const own = quotedText(device.name);
  const called = chosenName === null ? own : `${quotedText(chosenName)} (${own})`;
  const facts = Object.entries(device.attributes ?? {}).map(
    ([name, value]) => `${quotedText(name)}=${quotedText(value)}`,
  );
  const says = facts.length === 0 ? '' : `, says of itself ${facts.join(', ')}`;
  const isRecent = nowMs - lastUsedAtMs < 60_000;
  return shownText(
    `${id}  ${username} (${provider})  ${called}, ${quotedText(device.system)}, Causeway ${quotedText(device.appVersion)}${says}  since ${iso(sinceMs)}, ` +
      `${isRecent ? 'in use now' : `last used ${iso(lastUsedAtMs)}`}, from ${where}, used ${used}; ${state}`,
  );
}
