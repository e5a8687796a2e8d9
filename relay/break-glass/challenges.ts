import { LRUCache } from 'lru-cache';
import { flowLifetimeMs } from './flow.ts';

const mostRemembered = 10_000;

/** Gives a challenge that a page has out of this process's hands once, whatever the answer to it is. */
export function createChallenges(now: () => number): (challenge: string | null) => string | null {
  const used = new LRUCache<string, true>({
    max: mostRemembered,
    ttl: flowLifetimeMs,
    ttlResolution: 0,
    perf: { now },
  });
  return (challenge) => {
    if (challenge === null || used.has(challenge)) return null;
    used.set(challenge, true);
    return challenge;
  };
}
