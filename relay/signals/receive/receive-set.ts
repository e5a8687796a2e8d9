import type { Logger } from 'pino';
import { TryLaterError } from '../../identity/try-later-error.ts';
import { carryOutSignal, type SignalAct } from './carry-out-signal.ts';
import { planSignals, type SignalPlan } from '../plan-signals.ts';
import { SetRefusal } from '../set-refusal.ts';
import type { SignalNote, SignalStore } from '../signal-store.ts';
import type { Transmitter } from './transmitter.ts';
import { type VerifiedSet, verifySet } from '../verify-set.ts';

/** What every way in does with a token. */
export interface Receiver {
  /**
   * Takes a token: resolves when what it tells of is in force and durable, also when that was done before.
   * @throws SetRefusal when it will never be taken; AccessError `idp-unreachable`, `shared-state-unavailable` when it may be later
   */
  receive(token: string): Promise<void>;
}

export interface ReceiverOptions {
  readonly transmitter: Transmitter;
  readonly store: () => SignalStore;
  readonly maxBytes: number;
  readonly log: Logger;
  readonly now: () => number;
}

/** Remembered for a while longer than a token counts. */
const remembersLongerMs = 3_600_000;
const underWayMs = 5000;

/** Verifies, acts once, remembers. */
export function createReceiver({ transmitter, store, maxBytes, log, now }: ReceiverOptions): Receiver {
  const { settings, issuer, keys, place } = transmitter;
  const { config, audience, issuers } = settings;
  const { name } = config;
  const maxAgeMs = config.max_age_seconds * 1000;

  const note = async (what: SignalNote): Promise<void> => store().note(name, what, now());

  const act = async (plan: SignalPlan, id: string): Promise<void> => {
    switch (plan.type) {
      case 'verification':
        log.info({ transmitter: name }, 'a provider’s events arrive');
        return note({ type: 'verified', state: plan.state });
      case 'stream-updated':
        log.warn({ transmitter: name, status: plan.status }, 'a provider has changed the stream of its events');
        return note({ type: 'stream', status: plan.status });
      case 'nothing':
        log.info({ transmitter: name, event: plan.event, because: plan.because }, 'nothing is done about an event');
        return plan.because === 'configured' ? undefined : note({ type: 'counted', what: plan.because });
      case 'act':
        return carryOut(plan, id);
    }
  };

  const carryOut = async (plan: SignalAct, id: string): Promise<void> => {
    const lockMs = config.lock_hours === undefined ? undefined : config.lock_hours * 3_600_000;
    const isDone = await carryOutSignal(plan, id, { place, name, issuer: issuers[0], lockMs }, now());
    log.info({ transmitter: name, action: plan.action, event: plan.kind, isDone }, 'a provider’s event was acted on');
    await note({ type: 'counted', what: isDone ? 'acted' : 'unknownSubject' });
  };

  const take = async (set: VerifiedSet): Promise<void> => {
    const plans = planSignals(set, { issuers, subjects: config.subjects, events: config.events });
    const claim = await store().claim(name, set.jti, now());
    if (claim === 'done') return note({ type: 'counted', what: 'repeated' });
    if (claim === 'under-way') throw new TryLaterError('This token is being acted on.', underWayMs);
    try {
      for (const [index, plan] of plans.entries()) await act(plan, `${name} ${set.jti} ${index}`);
      await store().done(name, set.jti, now(), maxAgeMs + remembersLongerMs);
    } catch (error) {
      await store().release(name, set.jti);
      throw error;
    }
    return note({ type: 'counted', what: 'accepted' });
  };

  return {
    async receive(token) {
      try {
        const expected = { issuer, keys, audience, maxAgeMs, maxBytes, nowMs: now() };
        await take(await verifySet(token, expected));
      } catch (error) {
        if (error instanceof SetRefusal) {
          await note({ type: 'counted', what: 'refused' });
          await note({ type: 'failed', reason: error.message });
        }
        throw error;
      }
    },
  };
}
