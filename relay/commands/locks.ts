import { currentOperator, operatorWords } from '../acts/operator.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { type LockTargetTexts, readLockTarget } from '../administration/lock-target.ts';
import { addLock, listLocks, type LockOutcome, removeLock } from '../administration/locks.ts';
import { type ListedLock, type SparedAt, sparedByConfig, withSpared } from '../administration/spared-locks.ts';
import { heardRelays } from '../administration/heard-relays.ts';
import { knownRelayId } from '../audit/relay-id.ts';
import { type LockedPerson, namesOfLocked } from '../administration/names-of-locked.ts';
import { pageOfSessions } from '../administration/sessions.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { Config } from '../config/config-schema.ts';
import type { SessionFilter } from '../sessions/find-sessions.ts';
import { isInForce, type Lock, type LockTarget, targetWords } from '../sessions/lock.ts';
import type { RelayState } from '../vitals/relay-state.ts';
import { allPages, type AtRelay, type RunningRelay } from './running-relay.ts';
import { outcomeOfAnswer, waitsWords } from './waits-words.ts';

/** Flags that say what a lock is on. */
export type LockTargetFlags = LockTargetTexts;

/** Where the locks are, when no relay runs that can be asked. */
export interface LocksPlace extends Omit<StatePlace, 'dataDir'> {
  readonly config: Pick<Config, 'relay' | 'apis' | 'issuers' | 'anomalies'>;
}

export type LocksCommandOptions = (LocksPlace | AtRelay) & {
  readonly action:
    | { readonly type: 'list'; readonly all: boolean }
    | {
        readonly type: 'add';
        readonly target: LockTargetFlags;
        readonly reason: string;
        readonly untilMs: number | null;
      }
    | { readonly type: 'remove'; readonly id: string; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
  readonly now?: () => number;
};

/** A relay of an older version, that is asked, doesn’t say where a lock is spared, nor whom a subject means. */
type ShownLock = Lock & Partial<Pick<ListedLock, 'sparedAt'>> & { readonly username?: string | null };

interface Locks {
  readonly isStored: boolean;
  list(all: boolean): Promise<readonly ShownLock[]>;
  add(target: LockTargetFlags, by: { readonly reason: string; readonly untilMs: number | null }): Promise<LockOutcome>;
  remove(id: string, reason: string): Promise<LockOutcome>;
  /** @throws AccessError `bad-input` when no session fits, also none that is over */
  find(filter: SessionFilter): Promise<unknown>;
}

/**
 * Lists, adds and takes away locks. Exit code 0; 2 for bad input; 1 when other relays can't be told, or the storage can't be
 * reached.
 */
export async function locksCommand(options: LocksCommandOptions): Promise<number> {
  const { action, json, write, warn = write, now = Date.now } = options;
  const locks = 'relay' in options ? atRelay(options.relay) : inPlace(options, now);
  const { isStored } = locks;
  const show = (lock: ShownLock): void => write(json ? `${JSON.stringify(lock)}\n` : `${line(lock, now())}\n`);
  const finish = ({ lock, isRecorded, untold }: LockOutcome): number => {
    show(lock);
    if (untold !== null) {
      warn(`${untold.message} ${unavailableWords(isStored)}\n`);
      return 1;
    }
    if (!isRecorded && !json) write(waitsWords(isStored));
    return 0;
  };
  const list = async (all: boolean): Promise<void> => {
    const listed = await locks.list(all);
    for (const lock of listed) show(lock);
    if (listed.length === 0 && !json) write(all ? 'No lock.\n' : 'No lock is in force.\n');
  };
  try {
    switch (action.type) {
      case 'list':
        await list(action.all);
        return 0;
      case 'add': {
        const outcome = await locks.add(action.target, action);
        const code = finish(outcome);
        if (!json && code === 0 && (await isOnNobodyKnown(locks, outcome.lock.target)))
          write(unknownWords(outcome.lock.target));
        return code;
      }
      case 'remove':
        return finish(await locks.remove(action.id, action.reason));
    }
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const isUnavailable = error.code === 'shared-state-unavailable';
    const isAct = action.type !== 'list';
    warn(`${error.message}${isUnavailable && isAct ? ` ${unavailableWords(isStored)}` : ''}\n`);
    return isUnavailable ? 1 : 2;
  }
}

function inPlace({ config, redis, storage }: LocksPlace, now: () => number): Locks {
  const place: StatePlace = { dataDir: config.relay.data, redis, storage };
  const author = operatorWords(currentOperator());
  return {
    isStored: storage !== undefined,
    async list(all) {
      const locks = await listLocks(place, { all }, now());
      const spared = withSpared(locks, await relaysOf(place, config, now()));
      const people = spared.map(({ target }) => target).filter((target) => target.type === 'person');
      const names = await unlessUnavailable(namesOfLocked(place, people), []);
      const nameOf = new Map(people.map((target, index) => [target, names[index] ?? null]));
      return spared.map((lock) => ({ ...lock, username: nameOf.get(lock.target as LockedPerson) ?? null }));
    },
    add: async (target, { reason, untilMs }) =>
      addLock(place, readLockTarget(config, target), { author, reason, untilMs }, now()),
    remove: (id, reason) => removeLock(place, id, { author, reason }, now()),
    find: (filter) => pageOfSessions(place, { apis: config.apis, filter, all: true, limit: 1 }, now()),
  };
}

function atRelay(relay: RunningRelay): Locks {
  const path = '/admin/v1/locks';
  const outcomeOf = (answer: unknown): LockOutcome => ({
    lock: (answer as { readonly lock: Lock }).lock,
    ...outcomeOfAnswer(answer),
  });
  return {
    isStored: relay.stateIn === 'storage',
    list: (all) => allPages<ShownLock>(relay, path, { all }, 'locks'),
    add: async (target, { reason, untilMs }) =>
      outcomeOf(
        await relay.post(path, {
          ...target,
          reason,
          ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
        }),
      ),
    remove: async (id, reason) => outcomeOf(await relay.post(`${path}/${encodeURIComponent(id)}/remove`, { reason })),
    find: (filter) => relay.get('/admin/v1/sessions', { ...filter, all: true, limit: 1 }),
  };
}

function unknownWords({ type }: LockTarget): string {
  return type === 'session'
    ? 'No session has this id so far; that of a record in the audit counts, too.\n'
    : 'No session so far goes by this name. The lock counts for whoever comes by it.\n';
}

/** Whether a name may have been mistyped: a lock is taken all the same, for people who have never been here. */
async function isOnNobodyKnown(locks: Locks, target: LockTarget): Promise<boolean> {
  const filter = filterOf(target);
  if (filter === null) return false;
  try {
    await locks.find(filter);
    return false;
  } catch (error) {
    // Whoever may lock need not be one who may see sessions.
    return error instanceof AccessError && error.code === 'bad-input';
  }
}

function filterOf(target: LockTarget): SessionFilter | null {
  switch (target.type) {
    case 'person':
      return { person: target.who };
    case 'session':
      return { session: target.session };
    case 'device':
      return { device: target.device };
    case 'group':
    case 'api':
    case 'address':
    case 'everything':
    case 'sign-in':
      return null;
  }
}

function unavailableWords(isStored: boolean): string {
  return !isStored
    ? 'It counts at this relay; the others learn of it when they are back in reach.'
    : 'What “locks list” doesn’t show once the storage is back wasn’t done.';
}

/** What the config of this relay says, which doesn’t run, and what others that share its storage or Redis have said, while that can be asked. */
async function relaysOf(
  place: StatePlace,
  config: LocksPlace['config'],
  nowMs: number,
): Promise<readonly Pick<RelayState, 'id' | 'sparedAddresses'>[]> {
  const { data, id: configured, name } = config.relay;
  const id = knownRelayId(data, configured) ?? name;
  const others = await unlessUnavailable(heardRelays(place, nowMs), []);
  return [{ id, sparedAddresses: sparedByConfig(config) }, ...others.filter((relay) => relay.id !== id)];
}

/** The locks can be told without. */
async function unlessUnavailable<Value>(found: Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof AccessError && error.code === 'shared-state-unavailable') return otherwise;
    throw error;
  }
}

function sparedWords(sparedAt: readonly SparedAt[]): string {
  return sparedAt
    .map(({ relay, addresses }) => `; the relay ${relay} lets in ${addresses.join(', ')}, by its own config`)
    .join('');
}

function line(lock: ShownLock, nowMs: number): string {
  const { id, target, reason, author, createdAtMs, untilMs, removed, sparedAt = [], username = null } = lock;
  const state = isInForce(lock, nowMs) ? 'locked' : removed === null ? 'over' : 'removed';
  const until = untilMs === null ? 'until it is removed' : `until ${new Date(untilMs).toISOString()}`;
  const since = new Date(createdAtMs).toISOString();
  const gone = removed === null ? '' : `; removed by ${removed.by}: ${removed.reason}`;
  return shownText(
    `${id}  ${state.padEnd(7)}  ${targetWords(target)}${username === null ? '' : ` (${username})`}, ${until}: ${reason} (${author}, ${since})${sparedWords(sparedAt)}${gone}`,
  );
}
