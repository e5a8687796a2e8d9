import { describe, expect, it } from 'vitest';
import { createQuotaWatch } from '../../../client/profile/quota-watch.ts';
import type { ActivityEntry } from '../../../shared/activity.ts';
import type { CatalogEntry, Quota } from '../../../shared/catalog.ts';

const used = (change: Partial<ActivityEntry> = {}): ActivityEntry => ({
  requestId: 'r',
  timeMs: 0,
  api: 'orders',
  method: 'GET',
  path: '/',
  decision: 'allow',
  rule: 'read',
  reason: '',
  unlockedBy: [],
  status: 200,
  outcome: 'completed',
  durationMs: 1,
  requestBytes: 0,
  responseBytes: 0,
  ...change,
});

function watchOf(quota: Partial<Quota>) {
  const asked: string[] = [];
  let nowMs = 0;
  const known: Quota = { name: 'daily', limit: 100, left: 100, resetsAtMs: 1, windowSeconds: 86_400, ...quota };
  let quotas: readonly Quota[] = [known];
  const watch = createQuotaWatch({
    entry: (api) => (api === 'orders' ? ({ id: api, quotas } as CatalogEntry) : undefined),
    ask: async (api) => void asked.push(api),
    now: () => nowMs,
  });
  return {
    asked,
    use: (entries: readonly ActivityEntry[], leftOut = 0) =>
      watch.didUse(entries, leftOut === 0 ? {} : { orders: { count: leftOut, totalMs: 0, denied: 0, failed: 0 } }),
    wait: (ms: number) => (nowMs += ms),
    told: (left: number) => (quotas = [{ ...known, left }]),
  };
}

describe('what is left of a limit is asked for', () => {
  it.each<[string, Partial<Quota>, readonly ActivityEntry[], number, number]>([
    ['not while enough is left', { left: 100 }, [used()], 0, 0],
    ['not for what is under way', { left: 21 }, [used({ outcome: 'pending' })], 0, 0],
    ['not for what was refused by a rule', { left: 21 }, [used({ decision: 'deny', status: 403 })], 0, 0],
    ['not for connections that were turned away', { left: 21 }, [used({ connections: 3 })], 0, 0],
    ['not for limits of a minute', { left: 21, windowSeconds: 60 }, [used()], 0, 0],
    ['not for another API', { left: 21 }, [used({ api: 'inventory' })], 0, 0],
    ['when 80 % are used', { left: 21 }, [used()], 0, 1],
    ['when 80 % are used by requests that aren’t shown', { left: 100 }, [], 80, 1],
    ['not again below that', { left: 15 }, [used()], 0, 0],
    ['when all is used', { left: 1 }, [used()], 0, 1],
    ['when the relay refuses more', { left: 15 }, [used({ decision: 'deny', status: 429 })], 0, 1],
  ])('%s', (_when, quota, entries, leftOut, times) => {
    const { asked, use } = watchOf(quota);
    use(entries, leftOut);
    expect(asked).toHaveLength(times);
  });

  it('once while no answer comes, and again later', () => {
    const { asked, use, wait } = watchOf({ left: 21 });
    use([used(), used()]);
    expect(asked).toHaveLength(1);
    wait(10_000);
    use([used()]);
    expect(asked).toHaveLength(2);
  });

  it('counting anew from each answer', () => {
    const { asked, use, wait, told } = watchOf({ left: 40 });
    use(Array.from({ length: 19 }, () => used()));
    told(60);
    wait(60_000);
    use(Array.from({ length: 39 }, () => used()));
    expect(asked).toHaveLength(0);
    use([used()]);
    expect(asked).toHaveLength(1);
  });
});
