import { describe, expect, it } from 'vitest';
import type { ActiveGrant, PolicyContext } from '../../../relay/policy/decision.ts';
import { person, policyOf } from './policy-fixture.ts';

const nowMs = Date.UTC(2026, 0, 5, 10);

function at(grant: Partial<ActiveGrant>, timeMs = nowMs): PolicyContext {
  const whole = { id: 'g1', api: 'orders', role: 'refunders', approvedBy: 'bob', expiresAtMs: nowMs + 1000, ...grant };
  return { timeMs, remoteAddress: '', device: null, grants: [whole] };
}

const rules = [
  { name: 'refund', groups: ['refunders'], methods: ['POST'], paths: ['/refunds/**'] },
  { name: 'kept', effect: 'deny' as const, groups: ['refunders'], paths: ['/refunds/locked'] },
];
const refund = { api: 'orders', method: 'POST', path: '/refunds/1' };

describe.each(['show', 'hide'] as const)('a grant at an API with when_locked: %s', (when_locked) => {
  const policy = policyOf(rules, { when_locked });
  const decide = (context: PolicyContext, request = refund) => policy.decide(person('developers'), request, context);
  const without = policy.decide(person('developers'), refund);

  it.each([
    ['ends at this very moment', at({ expiresAtMs: nowMs })],
    ['ended a millisecond ago', at({ expiresAtMs: nowMs - 1 })],
    ['ended long ago', at({ expiresAtMs: 0 })],
    ['has an end, but the time isn’t known', at({}, Number.NaN)],
    ['is for another API', at({ api: 'stock' })],
    ['is for a role that no rule names', at({ role: 'readers' })],
  ])('counts for nothing when it %s', (_when, context) => {
    expect(decide(context)).toEqual(without);
    expect(policy.explain(person('developers'), refund, context).considered).toEqual(
      policy.explain(person('developers'), refund).considered,
    );
    expect(policy.isVisible(person('developers'), 'orders', context)).toBe(when_locked === 'show');
  });

  it.each([
    ['a millisecond before its end', at({ expiresAtMs: nowMs + 1 })],
    ['for all APIs', at({ api: null })],
  ])('counts %s', (_when, context) => {
    expect(decide(context)).toMatchObject({ effect: 'allow', rule: 'grant:g1' });
    expect(policy.isVisible(person('developers'), 'orders', context)).toBe(true);
  });

  it('counts beside one that has ended, whatever their order', () => {
    const grants = [...(at({ id: 'old', expiresAtMs: nowMs }).grants ?? []), ...(at({}).grants ?? [])];
    for (const order of [grants, grants.toReversed()])
      expect(decide({ ...at({}), grants: order })).toMatchObject({ effect: 'allow', rule: 'grant:g1' });
  });

  it('lets the person know why something else of the API is denied', () => {
    const denied = decide(at({}), { ...refund, path: '/orders' });
    expect(denied).toMatchObject({ effect: 'deny', rule: null });
    expect(denied.reason).toContain('No rule allows POST /orders for your groups.');
    expect(denied.reason).not.toContain('There is no API');
  });

  it('is gone for the very same sign-in once it has ended, however often it was asked for', () => {
    const alice = person('developers');
    const asked = Array.from({ length: 4 }, () => policy.decide(alice, refund, at({})).effect);
    expect(asked).toEqual(['allow', 'allow', 'allow', 'allow']);
    expect(policy.decide(alice, refund)).toEqual(without);
    expect(policy.decide(alice, refund, at({ expiresAtMs: nowMs }))).toEqual(without);
    expect(policy.decide(alice, refund, at({})).effect).toBe('allow');
  });

  it('is stopped by a deny rule for its role, and of a hidden API it tells no more after its end', () => {
    const locked = { ...refund, path: '/refunds/locked' };
    expect(decide(at({}), locked).effect).toBe('deny');
    const after = decide(at({ expiresAtMs: nowMs }), locked);
    expect(after.reason.includes('There is no API')).toBe(when_locked === 'hide');
  });
});
