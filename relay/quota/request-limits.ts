import { createHash } from 'node:crypto';
import { reason, type Reason } from '../../shared/reason.ts';
import { personKey } from '../identity/person-key.ts';
import type { Config, RequestLimitConfig, TierConfig } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import { type CountWindow, windowAt } from './count-window.ts';

/** A limit as it counts for one caller. */
export interface AppliedLimit {
  readonly limitId: string;
  readonly name: string;
  readonly every: RequestLimitConfig['every'];
  readonly most: number;
  /** Whose count it is; empty for a count that all share. */
  readonly caller: string;
  readonly onFailure: 'deny' | 'allow';
  /** For example “100 requests a minute”. */
  readonly words: string;
  /** The same as a part of a sentence. */
  readonly sentence: Reason;
  window(timeMs: number): CountWindow;
}

type LimitsSource = Pick<Config, 'apis' | 'tiers' | 'request_limits' | 'shared_state'>;
type Caller = Pick<Identity, 'groups' | 'issuer' | 'subject'>;

const lengths: readonly RequestLimitConfig['every'][] = ['second', 'minute', 'hour', 'day', 'month'];
const none: readonly AppliedLimit[] = [];

/** Whether the window is short: such limits are for pace, longer ones are quotas. */
export function isRate(every: RequestLimitConfig['every']): boolean {
  return every === 'second' || every === 'minute';
}

/**
 * Finds the limits for a caller at an API, short windows first, so that a request refused for its pace uses up no
 * quota. Remembered with the identity object.
 */
export function compileLimits(config: LimitsSource): (caller: Caller, api: string) => readonly AppliedLimit[] {
  const shared = config.request_limits.map((limit) => ({ limit, limitId: `*/${limit.name}` }));
  const byApi = new Map(
    config.apis.map((api) => [
      api.id,
      [...shared, ...api.request_limits.map((limit) => ({ limit, limitId: `${api.id}/${limit.name}` }))].toSorted(
        (a, b) => lengths.indexOf(a.limit.every) - lengths.indexOf(b.limit.every),
      ),
    ]),
  );
  const isEmpty = [...byApi.values()].every((limits) => limits.length === 0);
  const remembered = new WeakMap<Caller, Map<string, readonly AppliedLimit[]>>();

  return (caller, api) => {
    if (isEmpty) return none;
    let known = remembered.get(caller);
    if (known === undefined) remembered.set(caller, (known = new Map()));
    let applied = known.get(api);
    if (applied === undefined) {
      const tier = tierOf(config.tiers, caller);
      applied = (byApi.get(api) ?? [])
        .filter(({ limit }) => limit.tiers === undefined || (tier !== undefined && limit.tiers.includes(tier)))
        .map(({ limit, limitId }) => apply(limit, limitId, caller, config.shared_state.on_failure ?? 'deny'));
      known.set(api, applied);
    }
    return applied;
  };
}

/** The first tier that is for the caller; they stand best first. */
export function tierOf(tiers: readonly TierConfig[], { groups }: Pick<Caller, 'groups'>): string | undefined {
  return tiers.find((tier) => {
    const named = tier.groups ?? ['*'];
    return named.includes('*') || named.some((group) => groups.includes(group));
  })?.name;
}

function apply(limit: RequestLimitConfig, limitId: string, caller: Caller, onFailure: 'deny' | 'allow'): AppliedLimit {
  let current: CountWindow = { startMs: 0, endMs: 0 };
  return {
    limitId,
    name: limit.name,
    every: limit.every,
    most: limit.requests,
    caller: limit.per === 'all' ? '' : callerKey(caller),
    onFailure: limit.on_failure ?? onFailure,
    words: `${limit.requests} request${limit.requests === 1 ? '' : 's'} ${limit.every === 'hour' ? 'an' : 'a'} ${limit.every}${limit.per === 'all' ? ' for all callers together' : ''}`,
    sentence: reason(limit.per === 'all' ? 'limit-most-of-all' : 'limit-most', {
      count: limit.requests,
      every: { and: [reason(`every-${limit.every}`)] },
    }),
    window(timeMs) {
      if (timeMs < current.startMs || timeMs >= current.endMs) current = windowAt(limit.every, timeMs);
      return current;
    },
  };
}

/** Issuer and subject in a form that is short and safe as a key; the same on every relay. */
function callerKey(caller: Caller): string {
  return createHash('sha256').update(personKey(caller)).digest('base64url').slice(0, 27);
}
