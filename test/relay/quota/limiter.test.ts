import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../relay/config/config-schema.ts';
import { Limiter, type Taken } from '../../../relay/quota/limiter.ts';
import type { CounterStore } from '../../../relay/quota/counter-store.ts';
import { createMemoryCounters } from '../../../relay/quota/memory-counters.ts';
import { tierOf } from '../../../relay/quota/request-limits.ts';
import { AccessError } from '../../../shared/errors.ts';
import type { ConfigInput } from '../../support/demo-config.ts';

const noon = Date.UTC(2026, 0, 31, 12);
type Limits = NonNullable<ConfigInput['request_limits']>;

function configWith(limits: Limits, more: Partial<ConfigInput> = {}) {
  return configSchema.parse({
    relay: { name: 'x', url: 'http://127.0.0.1:1' },
    issuers: [{ name: 'x', issuer: 'http://127.0.0.1:2', client_id: 'c', audience: 'a' }],
    apis: [
      { id: 'orders', name: 'Orders', upstream: 'http://127.0.0.1:3', request_limits: limits },
      { id: 'free', name: 'Free', upstream: 'http://127.0.0.1:3' },
    ],
    ...more,
  });
}

const limiterWith = (limits: Limits, more: Partial<ConfigInput> = {}): Limiter =>
  new Limiter(configWith(limits, more), createMemoryCounters());

function caller(subject: string, ...groups: string[]) {
  return { issuer: 'http://idp', subject, groups };
}

function take(limiter: Limiter, who = caller('alice'), timeMs = noon, api = 'orders'): Taken | null {
  const taken = limiter.take(who, api, timeMs);
  if (taken instanceof Promise) throw new Error('Memory counters need no promise.');
  return taken;
}

describe('limits', () => {
  it('refuse nothing and cost nothing where none applies', () => {
    expect(take(limiterWith([{ name: 'l', requests: 0, every: 'day' }]), caller('alice'), noon, 'free')).toBeNull();
  });

  it('take exactly as many requests as they say, then say when the count starts anew', () => {
    const limiter = limiterWith([{ name: 'pace', requests: 2, every: 'minute' }]);
    expect(take(limiter)).toEqual({
      status: 'taken',
      note: null,
      headers: ['RateLimit-Policy', '"pace";q=2;w=60', 'RateLimit', '"pace";r=1;t=60'],
    });
    expect(take(limiter)).toMatchObject({ status: 'taken' });
    expect(take(limiter, caller('alice'), noon + 30_500)).toEqual({
      status: 'refused',
      code: 'rate-limited',
      rule: 'limit:pace',
      reason:
        'The limit “pace” is 2 requests a minute, and they are used up. It starts anew at 2026-01-31T12:01:00.000Z.',
      reasons: [expect.objectContaining({ code: 'limit-used-up' })],
      retryAfterSeconds: 30,
      resetsAtMs: noon + 60_000,
      headers: ['RateLimit-Policy', '"pace";q=2;w=60', 'RateLimit', '"pace";r=0;t=30'],
    });
    expect(take(limiter, caller('alice'), noon + 60_000)).toMatchObject({ status: 'taken' });
  });

  it('count each caller alone, or all together, as told; the same name at another issuer is somebody else', () => {
    const alone = limiterWith([{ name: 'l', requests: 1, every: 'day' }]);
    expect(take(alone, caller('alice'))).toMatchObject({ status: 'taken' });
    expect(take(alone, caller('bob'))).toMatchObject({ status: 'taken' });
    expect(take(alone, { ...caller('alice'), issuer: 'http://other' })).toMatchObject({ status: 'taken' });
    expect(take(alone, caller('alice'))).toMatchObject({ status: 'refused', code: 'quota-used-up' });
    const together = limiterWith([{ name: 'l', per: 'all', requests: 1, every: 'day' }]);
    expect(take(together, caller('alice'))).toMatchObject({ status: 'taken' });
    expect(take(together, caller('bob'))).toMatchObject({ status: 'refused' });
  });

  it('count for the first tier that is for the caller, and for no other', () => {
    const tiers = [{ name: 'gold', groups: ['sre', 'leads'] }, { name: 'none', groups: [] }, { name: 'standard' }];
    expect(['sre', 'leads', 'x'].map((group) => tierOf(tiers, { groups: ['y', group] }))).toEqual([
      'gold',
      'gold',
      'standard',
    ]);
    const limiter = limiterWith(
      [
        { name: 'much', tiers: ['gold'], requests: 3, every: 'day' },
        { name: 'little', tiers: ['standard'], requests: 1, every: 'day' },
      ],
      { tiers },
    );
    for (let count = 0; count < 3; count += 1) {
      expect(take(limiter, caller('alice', 'sre', 'developers'))).toMatchObject({ status: 'taken' });
    }
    expect(take(limiter, caller('alice', 'sre'))).toMatchObject({ rule: 'limit:much' });
    expect(take(limiter, caller('bob'))).toMatchObject({ status: 'taken' });
    expect(take(limiter, caller('bob'))).toMatchObject({ rule: 'limit:little' });
  });

  it('count a refused request nowhere: all limits take it, or none does', async () => {
    const limiter = limiterWith([
      { name: 'day', requests: 10, every: 'day' },
      { name: 'second', requests: 1, every: 'second' },
      { name: 'hour', requests: 3, every: 'hour' },
    ]);
    expect(take(limiter)).toMatchObject({ status: 'taken' });
    for (let count = 0; count < 5; count += 1) expect(take(limiter)).toMatchObject({ rule: 'limit:second' });
    expect(await limiter.left(caller('alice'), 'orders', noon)).toEqual([
      { name: 'second', limit: 1, left: 0, resetsAtMs: noon + 1000, windowSeconds: 1 },
      { name: 'hour', limit: 3, left: 2, resetsAtMs: noon + 3_600_000, windowSeconds: 3600 },
      { name: 'day', limit: 10, left: 9, resetsAtMs: noon + 12 * 3_600_000, windowSeconds: 86_400 },
    ]);
    for (const second of [1, 2])
      expect(take(limiter, caller('alice'), noon + second * 1000)).toMatchObject({ status: 'taken' });
    expect(take(limiter, caller('alice'), noon + 3000)).toMatchObject({ rule: 'limit:hour' });
    expect(await limiter.left(caller('alice'), 'orders', noon + 3000)).toMatchObject([
      { left: 1 },
      { left: 0 },
      { left: 7 },
    ]);
  });

  it('count requests to all APIs together at the top level', () => {
    const limiter = limiterWith([], { request_limits: [{ name: 'all', requests: 1, every: 'month' }] });
    expect(take(limiter, caller('alice'), noon, 'free')).toMatchObject({
      headers: ['RateLimit-Policy', `"all";q=1;w=${31 * 86_400}`, 'RateLimit', '"all";r=0;t=43200'],
    });
    expect(take(limiter)).toMatchObject({ rule: 'limit:all', resetsAtMs: Date.UTC(2026, 1) });
    expect(take(limiter, caller('alice'), Date.UTC(2026, 1))).toMatchObject({ status: 'taken' });
  });

  it('keep their counts over a reload, and when the clock is set back', () => {
    const limits: Limits = [{ name: 'l', requests: 2, every: 'hour' }];
    const limiter = limiterWith(limits);
    take(limiter);
    limiter.replace(configWith([{ name: 'l', requests: 3, every: 'hour' }]));
    expect(take(limiter)).toMatchObject({ status: 'taken' });
    expect(take(limiter, caller('alice'), noon - 3_600_000)).toMatchObject({ status: 'taken' });
    expect(take(limiter, caller('alice'), noon - 1)).toMatchObject({ status: 'refused' });
  });

  it('go by the new on_failure after a reload, when their counters are out of reach', async () => {
    const limits: Limits = [{ name: 'l', requests: 2, every: 'hour' }];
    const counters = (onFailure: 'deny' | 'allow') => configWith(limits, { shared_state: { on_failure: onFailure } });
    const lost: CounterStore = createMemoryCounters();
    lost.take = () => Promise.reject(new AccessError('counters-unavailable', 'Redis doesn’t answer.'));
    const limiter = new Limiter(counters('deny'), lost);
    expect(await limiter.take(caller('alice'), 'orders', noon)).toMatchObject({ code: 'counters-unavailable' });
    limiter.replace(counters('allow'));
    expect(await limiter.take(caller('alice'), 'orders', noon)).toMatchObject({ status: 'taken' });
    limiter.replace(counters('deny'));
    expect(await limiter.take(caller('alice'), 'orders', noon)).toMatchObject({ code: 'counters-unavailable' });
  });

  it('write names that a header can’t hold in a form that it can', () => {
    const limiter = limiterWith([{ name: 'a "b" \\ é', requests: 1, every: 'day' }]);
    expect(take(limiter)?.headers[1]).toBe(String.raw`"a \"b\" \\ _";q=1;w=86400`);
  });
});
