import type { Quota } from '../../shared/catalog.ts';
import { AccessError } from '../../shared/errors.ts';
import { reason as sentence, type Reason } from '../../shared/reason.ts';
import type { Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import type { Count, CounterStore } from './counter-store.ts';
import { type LimitState, limitHeaders, secondsUntil } from './limit-headers.ts';
import { type AppliedLimit, compileLimits, isRate } from './request-limits.ts';

/** Whether a request may go on, as its limits say. */
export type Taken =
  | {
      readonly status: 'taken';
      /** For the answer: names and values in turn. */
      readonly headers: string[];
      /** What the audit must say about limits that could not be counted; null when all were. */
      readonly note: { readonly words: string; readonly reason: Reason } | null;
    }
  | {
      readonly status: 'refused';
      readonly code: 'rate-limited' | 'quota-used-up' | 'counters-unavailable';
      /** `limit:<name>`, as the audit and the answer name it. */
      readonly rule: string;
      readonly reason: string;
      /** What the reason says, as codes. */
      readonly reasons: readonly Reason[];
      readonly retryAfterSeconds: number;
      /** When the count starts anew; null when that isn't the cause. */
      readonly resetsAtMs: number | null;
      readonly headers: string[];
    };

type Caller = Pick<Identity, 'groups' | 'issuer' | 'subject'>;
type LimitsSource = Pick<Config, 'apis' | 'tiers' | 'request_limits' | 'shared_state'>;

const lostRetrySeconds = 2;

/** Counts each allowed request against all limits that apply to it: all take it, or none does. */
export class Limiter {
  readonly #store: CounterStore;
  #limitsFor: ReturnType<typeof compileLimits>;

  constructor(config: LimitsSource, store: CounterStore) {
    this.#store = store;
    this.#limitsFor = compileLimits(config);
  }

  /** Puts other limits in force; counts of limits that keep their name and window go on. */
  replace(config: LimitsSource): void {
    this.#limitsFor = compileLimits(config);
  }

  /** Null when no limit applies. Never rejects; a promise only where the store needs one. */
  take(caller: Caller, api: string, timeMs: number): Taken | null | Promise<Taken> {
    const limits = this.#limitsFor(caller, api);
    if (limits.length === 0) return null;
    const states: LimitState[] = [];
    let index = -1;
    for (const limit of limits) {
      index += 1;
      const left = this.#store.take(countOf(limit, timeMs));
      if (typeof left !== 'number') return this.#takeLater(limits, index, left, states, timeMs);
      if (left < 0) return this.#refuse(limit, states, timeMs);
      states.push({ limit, left });
    }
    return { status: 'taken', headers: limitHeaders(states, timeMs), note: null };
  }

  hasLimits(caller: Caller, api: string): boolean {
    return this.#limitsFor(caller, api).length > 0;
  }

  /** What is left of the limits that count the caller's requests to an API, short windows first. Rejects as the store does. */
  async left(caller: Caller, api: string, timeMs: number): Promise<readonly Quota[]> {
    return Promise.all(
      this.#limitsFor(caller, api).map(async (limit) => {
        const { startMs, endMs } = limit.window(timeMs);
        return {
          name: limit.name,
          limit: limit.most,
          left: await this.#store.left(countOf(limit, timeMs)),
          resetsAtMs: endMs,
          windowSeconds: (endMs - startMs) / 1000,
        };
      }),
    );
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #takeLater(
    limits: readonly AppliedLimit[],
    from: number,
    first: Promise<number>,
    states: LimitState[],
    timeMs: number,
  ): Promise<Taken> {
    const lost: string[] = [];
    let pending: number | Promise<number> = first;
    for (const [index, limit] of limits.entries()) {
      if (index < from) continue;
      try {
        const left: number = await (index === from ? pending : (pending = this.#store.take(countOf(limit, timeMs))));
        if (left < 0) return this.#refuse(limit, states, timeMs);
        states.push({ limit, left });
      } catch (error) {
        const reason = error instanceof AccessError ? error.message : 'The counters failed.';
        if (limit.onFailure === 'deny') return this.#refuseUncounted(limit, reason, states, timeMs);
        lost.push(`“${limit.name}”`);
      }
    }
    const note =
      lost.length === 0
        ? null
        : {
            words: `Not counted for ${lost.length === 1 ? 'the limit' : 'the limits'} ${lost.join(', ')}: the counters can’t be reached, and on_failure is allow.`,
            reason: sentence('not-counted', { count: lost.length, limits: lost.join(', ') }),
          };
    return { status: 'taken', headers: limitHeaders(states, timeMs), note };
  }

  #refuse(limit: AppliedLimit, taken: readonly LimitState[], timeMs: number): Taken {
    for (const earlier of taken) this.#store.giveBack(countOf(earlier.limit, timeMs));
    const { endMs } = limit.window(timeMs);
    const until = new Date(endMs).toISOString();
    return {
      status: 'refused',
      code: isRate(limit.every) ? 'rate-limited' : 'quota-used-up',
      rule: `limit:${limit.name}`,
      reason: `The limit “${limit.name}” is ${limit.words}, and they are used up. It starts anew at ${until}.`,
      reasons: [
        sentence('limit-used-up', { limit: limit.name, most: { and: [limit.sentence] }, until: { atMs: endMs } }),
      ],
      retryAfterSeconds: secondsUntil(endMs, timeMs),
      resetsAtMs: endMs,
      headers: limitHeaders([{ limit, left: 0 }], timeMs),
    };
  }

  #refuseUncounted(limit: AppliedLimit, why: string, taken: readonly LimitState[], timeMs: number): Taken {
    for (const earlier of taken) this.#store.giveBack(countOf(earlier.limit, timeMs));
    return {
      status: 'refused',
      code: 'counters-unavailable',
      rule: `limit:${limit.name}`,
      reason: `The limit “${limit.name}” can’t be counted, and its on_failure is deny. ${why}`,
      reasons: [sentence('limit-uncounted', { limit: limit.name }), sentence('counters-unreachable')],
      retryAfterSeconds: lostRetrySeconds,
      resetsAtMs: null,
      headers: [],
    };
  }
}

function countOf(limit: AppliedLimit, timeMs: number): Count {
  const { limitId, every, caller, most } = limit;
  return { limitId, every, caller, most, window: limit.window(timeMs) };
}
