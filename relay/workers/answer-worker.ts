import { paceOfNames } from '../http/public/pace-of-names.ts';
import { createReplayCache } from '../identity/replay-cache.ts';
import { logoutReplayLifetimeMs, replayLifetimeMs } from '../identity/replay-lifetimes.ts';
import type { Count, CounterStore } from '../quota/counter-store.ts';
import { createMemoryCounters } from '../quota/memory-counters.ts';
import type { EndedTunnel, TunnelLedger } from './tunnel-ledger.ts';
import type { Answer, Question } from './worker-messages.ts';

/** What the primary process keeps for all workers: counts, paces, what was used once, limits of tunnels. */
export interface Answers {
  /** @param worker names the process that asks, in the ledger */
  answer(worker: number, question: Question): Answer;
  giveBack(count: Count, requests: number): void;
  /** Where the config counts in memory: the counts of all workers. */
  readonly counters: CounterStore;
}

/** @param onPlaceNeeded a tunnel has to give its place to another */
export function createAnswers(ledger: TunnelLedger, onPlaceNeeded: (tunnel: EndedTunnel) => void): Answers {
  const now = Date.now;
  const counters = createMemoryCounters();
  const names = paceOfNames();
  const used = {
    proofs: createReplayCache({ lifetimeMs: replayLifetimeMs, now }),
    logouts: createReplayCache({ lifetimeMs: logoutReplayLifetimeMs, now }),
  };
  return {
    answer(worker, question) {
      switch (question.type) {
        case 'take':
          return counters.takeBlock(question.count, question.wanted);
        case 'left':
          return counters.left(question.count);
        case 'use':
          return used[question.cache].use(question.owner, question.id);
        case 'name':
          return names.take(question.person, question.nowMs) ?? 0;
        case 'connect':
          return ledger.connect(worker, question.person);
        case 'open': {
          const opened = ledger.open(worker, question.person, question.sessionId);
          if (opened.status === 'ok' && opened.toEnd !== null) onPlaceNeeded(opened.toEnd);
          return opened.status === 'ok';
        }
      }
    },
    giveBack: (count, requests) => counters.giveBack(count, requests),
    counters,
  };
}
