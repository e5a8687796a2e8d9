import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { Config } from '../config/config-schema.ts';
import { waitsWords } from './access.ts';
import { isInForce, type Lock, type LockTarget, newLock, targetWords } from '../sessions/lock.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';
import { openLocks, type OpenedLocks } from './open-locks.ts';

/** Flags that say what a lock is on. */
export interface LockTargetFlags {
  readonly person?: string;
  /** Name of the issuer that the person signs in at. */
  readonly issuer?: string;
  readonly session?: string;
  readonly device?: string;
  readonly group?: string;
  readonly api?: string;
  readonly everything?: boolean;
}

export interface LocksCommandOptions {
  readonly config: Pick<Config, 'relay' | 'apis' | 'issuers'>;
  /** Where relays share their locks; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  /** Where relays keep them together. */
  readonly storage?: PostgresSettings | undefined;
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
 * Lists, adds and takes away locks. A running relay has them in force within a second and puts the act into the audit;
 * otherwise it does at its next start. Exit code 0; 2 for bad input; 1 when other relays can't be told, or the storage can't be
 * reached.
 */
export async function locksCommand(options: LocksCommandOptions): Promise<number> {
  const { action, json, write, now = Date.now } = options;
  const operator = operatorWords(currentOperator());
  const show = (lock: Lock): void => write(json ? `${JSON.stringify(lock)}\n` : `${line(lock, now())}\n`);
  const { config, redis, storage } = options;
  let opened: OpenedLocks | undefined;
  let done: Lock;
  try {
    opened = await openLocks({ dataDir: config.relay.data, redis, storage });
    const { store } = opened;
    switch (action.type) {
      case 'list':
        await opened.exchange();
        for (const lock of await store.list()) {
          if (lock.target.type !== 'sign-in' && (action.all || isInForce(lock, now()))) show(lock);
        }
        return 0;
      case 'add': {
        const { untilMs } = action;
        if (untilMs !== null && untilMs <= now())
          throw new AccessError('bad-input', 'The end of a lock is yet to come.');
        const target = lockTarget(config, action.target);
        done = newLock(target, { reason: readReason(action.reason), author: operator, untilMs }, now());
        await store.add([done], 'lock-added');
        break;
      }
      case 'remove':
        await opened.exchange().catch(() => undefined);
        done = await store.remove(action.id, operator, readReason(action.reason), now());
    }
    show(done);
    const isRecorded = await opened.untilRecorded([done.id]);
    // What is in the folder counts for this relay already.
    await opened.exchange();
    if (!isRecorded && !json) write(waitsWords(storage));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    if (error.code !== 'shared-state-unavailable') {
      write(`${error.message}\n`);
      return 2;
    }
    const outcome =
      storage === undefined
        ? 'It counts at this relay; the others learn of it when they are back in reach.'
        : 'What “locks list” doesn’t show once the storage is back wasn’t done.';
    write(`${outcome} ${error.message}\n`);
    return 1;
  } finally {
    await opened?.close();
  }
}

/** What the flags name, exactly one thing. @throws AccessError `bad-input`, also for what the config doesn't have */
export function lockTarget({ apis, issuers }: Pick<Config, 'apis' | 'issuers'>, flags: LockTargetFlags): LockTarget {
  const { person, issuer, session, device, group, api, everything } = flags;
  const provider = issuers.find(({ name, issuer: url }) => name === issuer || url === issuer);
  if (issuer !== undefined) {
    if (person === undefined) throw new AccessError('bad-input', '--issuer goes with --person.');
    if (provider === undefined) {
      const known = issuers.map(({ name }) => name).join(', ');
      throw new AccessError('bad-input', `There is no issuer “${issuer}” in the configuration. Issuers: ${known}.`);
    }
  }
  if (api !== undefined && !apis.some(({ id }) => id === api)) {
    const known = apis.map(({ id }) => id).join(', ');
    throw new AccessError('bad-input', `There is no API “${api}” in the configuration. APIs: ${known}.`);
  }
  const named: readonly LockTarget[] = [
    ...(person === undefined ? [] : [{ type: 'person' as const, who: person, issuer: provider?.issuer ?? null }]),
    ...(session === undefined ? [] : [{ type: 'session' as const, session }]),
    ...(device === undefined ? [] : [{ type: 'device' as const, device }]),
    ...(group === undefined ? [] : [{ type: 'group' as const, group }]),
    ...(api === undefined ? [] : [{ type: 'api' as const, api }]),
    ...(everything === true ? [{ type: 'everything' as const }] : []),
  ];
  const [target, ...others] = named;
  if (target === undefined || others.length > 0) {
    const flagNames = '--person, --session, --device, --group, --api or --everything';
    throw new AccessError('bad-input', `A lock is on exactly one thing: ${flagNames}.`);
  }
  const name = Object.entries(target).find(([key]) => key !== 'type')?.[1];
  if (name === '' || (typeof name === 'string' && name.length > 500))
    throw new AccessError('bad-input', 'The name of what to lock has between 1 and 500 characters.');
  return target;
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
