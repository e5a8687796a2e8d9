import { hash } from 'node:crypto';

/** Whether an id was used before; `full` when nothing more can be remembered, so that the caller must refuse. */
export type ReplayUse = 'first' | 'repeated' | 'full';

/** Remembers what may be used once only. */
export interface ReplayCache {
  use(owner: string, id: string): ReplayUse | Promise<ReplayUse>;
  close?(): void;
}

/** Keeps each id for `lifetimeMs`; bounded in all and per owner, so that one owner can't crowd out the others. */
export function createReplayCache(options: {
  readonly lifetimeMs: number;
  readonly now: () => number;
  readonly maxEntries?: number;
  readonly maxPerOwner?: number;
}): { use(owner: string, id: string): ReplayUse } {
  const { lifetimeMs, now, maxEntries = 100_000, maxPerOwner = 2000 } = options;
  // In order of entry, which with one lifetime is the order of expiry.
  const used = new Map<string, { readonly owner: string; readonly untilMs: number }>();
  const perOwner = new Map<string, number>();

  const forgetExpired = (nowMs: number): void => {
    for (const [name, { owner, untilMs }] of used) {
      if (untilMs > nowMs) break;
      used.delete(name);
      const left = (perOwner.get(owner) ?? 1) - 1;
      if (left === 0) perOwner.delete(owner);
      else perOwner.set(owner, left);
    }
  };

  return {
    use(owner, id) {
      const nowMs = now();
      forgetExpired(nowMs);
      const name = hash('sha256', JSON.stringify([owner, id]), 'base64');
      if (used.has(name)) return 'repeated';
      const ofOwner = perOwner.get(owner) ?? 0;
      if (used.size >= maxEntries || ofOwner >= maxPerOwner) return 'full';
      used.set(name, { owner, untilMs: nowMs + lifetimeMs });
      perOwner.set(owner, ofOwner + 1);
      return 'first';
    },
  };
}
