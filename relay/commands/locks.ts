import { pino } from 'pino';
import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { Config } from '../config/config-schema.ts';
import { waitsWords } from './access.ts';
import { isInForce, type Lock, type LockTarget, newLock, targetWords } from '../sessions/lock.ts';
import { type LockStore, openLockStore } from '../sessions/lock-store.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';

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
 * otherwise it does at its next start. Exit code 0; 2 for bad input; 1 when other relays can't be told now.
 */
export async function locksCommand(options: LocksCommandOptions): Promise<number> {
  const { action, json, write, now = Date.now } = options;
  const operator = operatorWords(currentOperator());
  const show = (lock: Lock): void => write(json ? `${JSON.stringify(lock)}\n` : `${line(lock, now())}\n`);
  let store: LockStore | undefined;
  try {
    store = openLockStore(options.config.relay.data);
    switch (action.type) {
      case 'list':
        await exchange(options, store);
        for (const lock of store.list()) {
          if (lock.target.type !== 'sign-in' && (action.all || isInForce(lock, now()))) show(lock);
        }
        return 0;
      case 'add': {
        const { untilMs } = action;
        if (untilMs !== null && untilMs <= now())
          throw new AccessError('bad-input', 'The end of a lock is yet to come.');
        const target = lockTarget(options.config, action.target);
        const lock = newLock(target, { reason: readReason(action.reason), author: operator, untilMs }, now());
        store.add([lock], 'lock-added');
        show(lock);
        break;
      }
      case 'remove':
        await exchange(options, store).catch(() => undefined);
        show(store.remove(action.id, operator, readReason(action.reason), now()));
    }
    const isRecorded = await waitForRecord(options.config.relay.data, store);
    // What is in the folder counts for this relay already.
    await exchange(options, store);
    if (!isRecorded && !json) write(waitsWords);
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    if (error.code !== 'shared-state-unavailable') {
      write(`${error.message}\n`);
      return 2;
    }
    write(`It counts at this relay; the others learn of it when they are back in reach. ${error.message}\n`);
    return 1;
  } finally {
    store?.close();
  }
}

/** Waits until what was done is in the audit; false when it isn't in time. */
export async function waitForRecord(dataDir: string, store: LockStore): Promise<boolean> {
  const acts = new Set(store.waiting().map(({ id }) => id));
  const isRecorded = (): boolean => !store.waiting().some(({ id }) => acts.has(id));
  return untilRecorded({ dataDir, outbox: store, isRecorded });
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

/** Takes over what the other relays know, and tells them. @throws AccessError `shared-state-unavailable` */
export async function exchange(
  { redis: settings }: Pick<LocksCommandOptions, 'redis'>,
  store: LockStore,
): Promise<void> {
  if (settings === undefined) return;
  // Only where it is needed: loading it takes as long as all the rest.
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { exchangeLocks } = await import('../sessions/redis-locks.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
    await exchangeLocks(redis, store);
  } finally {
    redis.close();
  }
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
