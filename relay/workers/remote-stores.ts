import { AccessError } from '../../shared/errors.ts';
import type { ReplayCache, ReplayUse } from '../identity/replay-cache.ts';
import type { Pace } from '../http/public/hourly-pace.ts';
import type { Block, BlockStore } from '../quota/counter-store.ts';
import type { PrimaryLink } from './primary-link.ts';
import type { Answer, Question } from './worker-messages.ts';

/** Counts in the primary process, so that all workers count together. */
export function createRemoteCounters(link: PrimaryLink): BlockStore {
  const ask = async <Kind extends 'take' | 'left'>(question: Extract<Question, { type: Kind }>): Promise<Answer> => {
    try {
      return await link.ask(question);
    } catch (error) {
      throw new AccessError('counters-unavailable', 'The relay’s first process doesn’t count.', { cause: error });
    }
  };
  return {
    take: async (count, wanted) => (await ask<'take'>({ type: 'take', count, wanted })) as Block,
    left: async (count) => Number(await ask<'left'>({ type: 'left', count })),
    giveBack: (count, requests) => link.post({ type: 'give-back', count, requests }),
    close: () => Promise.resolve(),
  };
}

/** Remembers in the primary process what may be used once only. While it doesn't answer, nothing can be. */
export function createRemoteReplays(link: PrimaryLink, cache: 'proofs' | 'logouts'): ReplayCache {
  return {
    async use(owner, id) {
      try {
        return (await link.ask({ type: 'use', cache, owner, id })) as ReplayUse;
      } catch {
        // Not remembered means that it can't be let through: the caller refuses.
        return 'full';
      }
    },
  };
}

/** Counts in the primary process how often a person does something. Rejects while it doesn’t answer. */
export function createRemotePace(link: Pick<PrimaryLink, 'ask'>): Pace {
  return {
    async take({ issuer, subject }, nowMs) {
      const nextAtMs = Number(await link.ask({ type: 'name', person: { issuer, subject }, nowMs }));
      return nextAtMs === 0 ? null : nextAtMs;
    },
  };
}
