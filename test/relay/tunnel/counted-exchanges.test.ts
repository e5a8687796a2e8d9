import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CountedExchanges } from '../../../relay/tunnel/counted-exchanges.ts';
import { FairBudget } from '../../../relay/tunnel/fair-budget.ts';
import type { ActiveExchange } from '../../../relay/tunnel/tunnel-session.ts';

function someExchange(): ActiveExchange {
  return {
    api: 'orders',
    method: 'GET',
    path: '/',
    further: [],
    allowed: true,
    place: -1,
    takePendingEntry: () => null,
    revoke: () => undefined,
  };
}

test('requests that come and go in any order are those of a set, and counted as many', () => {
  const step = fc.record({ what: fc.constantFrom('add', 'delete', 'clear'), which: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const budget = new FairBudget(1000);
      const others = new CountedExchanges(budget.open());
      others.add(someExchange());
      const exchanges = new CountedExchanges(budget.open());
      const expected = new Set<ActiveExchange>();
      const all = Array.from({ length: 10 }, someExchange);
      for (const { what, which } of steps) {
        const exchange = all[which] ?? someExchange();
        if (what === 'clear') {
          exchanges.clear();
          expected.clear();
        } else if (what === 'add') {
          exchanges.add(exchange);
          expected.add(exchange);
        } else {
          expect(exchanges.delete(exchange)).toBe(expected.delete(exchange));
        }
        expect(exchanges.size).toBe(expected.size);
        expect(budget.used).toBe(expected.size + 1);
        expect(new Set(exchanges)).toEqual(expected);
      }
    }),
  );
});

test('each request under way is met once, although each that is met ends', () => {
  const exchanges = new CountedExchanges(new FairBudget(1000).open());
  const all = Array.from({ length: 20 }, someExchange);
  for (const exchange of all) exchanges.add(exchange);
  const met: ActiveExchange[] = [];
  for (const exchange of exchanges) {
    met.push(exchange);
    exchanges.delete(exchange);
  }
  expect(met).toEqual(all);
  expect(exchanges.size).toBe(0);
});
