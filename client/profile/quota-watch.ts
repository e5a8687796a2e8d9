import type { ActivityEntry } from '../../shared/activity.ts';
import type { CatalogEntry, Quota } from '../../shared/catalog.ts';
import type { LeftOut } from '../tunnel/tunnel-client.ts';

export interface QuotaWatchOptions {
  readonly entry: (api: string) => CatalogEntry | undefined;
  /** Asks what is left; the entry has it then. */
  readonly ask: (api: string) => Promise<void>;
  readonly now: () => number;
}

/** Asks what is left of long limits when, by the person's own requests, they are nearly or wholly used up. */
export interface QuotaWatch {
  didUse(entries: readonly ActivityEntry[], leftOut: LeftOut): void;
  clear(): void;
}

/** Limits that start anew sooner are over before anybody could do anything about them. */
const shortestSeconds = 3600;
/** Parts of a limit at which people want to know. */
const lowShare = 0.2;
/** What can't be had is asked for again no sooner. */
const askEveryMs = 10_000;

interface Use {
  /** What the relay said last; what was used since is counted from there. */
  base: readonly Quota[] | undefined;
  since: number;
  askedAtMs: number;
}

/** The relay says what is left only when it is asked, so that each request needn't carry it; nothing is asked while nothing is used. */
export function createQuotaWatch({ entry, ask, now }: QuotaWatchOptions): QuotaWatch {
  const uses = new Map<string, Use>();

  function use(api: string, requests: number, isRefused: boolean): void {
    const quotas = entry(api)?.quotas;
    const long = (quotas ?? []).filter(({ windowSeconds }) => windowSeconds >= shortestSeconds);
    if (long.length === 0) return;
    const known = uses.get(api);
    const current = known?.base === quotas ? known : undefined;
    const use = {
      base: quotas,
      since: (current?.since ?? 0) + requests,
      askedAtMs: known?.askedAtMs ?? Number.NEGATIVE_INFINITY,
    };
    uses.set(api, use);
    const isWorthAsking = isRefused || long.some((quota) => crosses(quota, use.since));
    if (!isWorthAsking || now() - use.askedAtMs < askEveryMs) return;
    use.askedAtMs = now();
    void ask(api);
  }

  return {
    didUse(entries, leftOut) {
      for (const { api, outcome, connections, status, decision } of entries) {
        if (outcome === 'pending' || connections !== undefined) continue;
        if (decision === 'allow') use(api, 1, false);
        else if (status === 429) use(api, 0, true);
      }
      for (const [api, { count }] of Object.entries(leftOut)) use(api, count, false);
    },
    clear: () => uses.clear(),
  };
}

/** Whether so many requests lead from above a part of it to below. */
function crosses({ left, limit }: Quota, used: number): boolean {
  if (left === 0) return false;
  const next = left > limit * lowShare ? limit * lowShare : 0;
  return left - used <= next;
}
