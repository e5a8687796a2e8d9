import { currentOperator, operatorWords } from '../acts/operator.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { type LockTargetTexts, readLockTarget } from '../administration/lock-target.ts';
import { addLock, listLocks, type LockOutcome, removeLock } from '../administration/locks.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { Config } from '../config/config-schema.ts';
import { isInForce, type Lock, targetWords } from '../sessions/lock.ts';
import { waitsWords } from './waits-words.ts';

/** Flags that say what a lock is on. */
export type LockTargetFlags = LockTargetTexts;

export interface LocksCommandOptions extends Omit<StatePlace, 'dataDir'> {
  readonly config: Pick<Config, 'relay' | 'apis' | 'issuers'>;
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
  readonly now?: () => number;
}

/**
 * Lists, adds and takes away locks. Exit code 0; 2 for bad input; 1 when other relays can't be told, or the storage can't be
 * reached.
 */
export async function locksCommand(options: LocksCommandOptions): Promise<number> {
  const { action, config, redis, storage, json, write, now = Date.now } = options;
  const place: StatePlace = { dataDir: config.relay.data, redis, storage };
  const author = operatorWords(currentOperator());
  const show = (lock: Lock): void => write(json ? `${JSON.stringify(lock)}\n` : `${line(lock, now())}\n`);
  const finish = ({ lock, isRecorded, untold }: LockOutcome): number => {
    show(lock);
    if (untold !== null) {
      write(`${unavailableWords(storage)} ${untold.message}\n`);
      return 1;
    }
    if (!isRecorded && !json) write(waitsWords(storage));
    return 0;
  };
  try {
    switch (action.type) {
      case 'list':
        for (const lock of await listLocks(place, action, now())) show(lock);
        return 0;
      case 'add': {
        const { target, reason, untilMs } = action;
        return finish(await addLock(place, readLockTarget(config, target), { author, reason, untilMs }, now()));
      }
      case 'remove':
        return finish(await removeLock(place, action.id, { author, reason: action.reason }, now()));
    }
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const isUnavailable = error.code === 'shared-state-unavailable';
    write(`${isUnavailable ? `${unavailableWords(storage)} ` : ''}${error.message}\n`);
    return isUnavailable ? 1 : 2;
  }
}

function unavailableWords(storage: StatePlace['storage']): string {
  return storage === undefined
    ? 'It counts at this relay; the others learn of it when they are back in reach.'
    : 'What “locks list” doesn’t show once the storage is back wasn’t done.';
}

function line(lock: Lock, nowMs: number): string {
  const { id, target, reason, author, createdAtMs, untilMs, removed } = lock;
  const state = isInForce(lock, nowMs) ? 'locked' : removed === null ? 'over' : 'removed';
  const until = untilMs === null ? 'until it is removed' : `until ${new Date(untilMs).toISOString()}`;
  const since = new Date(createdAtMs).toISOString();
  const gone = removed === null ? '' : `; removed by ${removed.by}: ${removed.reason}`;
  return shownText(
    `${id}  ${state.padEnd(7)}  ${targetWords(target)}, ${until}: ${reason} (${author}, ${since})${gone}`,
  );
}
