import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairBudget } from '../../../relay/tunnel/fair-budget.ts';

test('one alone gets half, and what is left is there for others', () => {
  const budget = new FairBudget(1000);
  const greedy = budget.open();
  greedy.change(501);
  expect(greedy.fits).toBe(false);
  const modest = budget.open();
  expect(modest.fits).toBe(true);
  modest.change(100);
  expect(modest.fits).toBe(true);
  greedy.change(-1);
  modest.change(-100);
  expect(greedy.fits).toBe(true);
});

test('with all of it used, even the modest are refused', () => {
  const budget = new FairBudget(1000);
  budget.open().change(990);
  const modest = budget.open();
  modest.change(11);
  expect([budget.full, modest.fits]).toEqual([true, false]);
});

test('an empty part is no holder and takes no share from others', () => {
  const budget = new FairBudget(1000);
  const parts = Array.from({ length: 10 }, () => budget.open());
  for (const part of parts) part.change(5);
  expect(budget.evenShare).toBe(50);
  for (const part of parts.slice(1)) part.change(-5);
  expect(budget.evenShare).toBe(500);
});

test('whoever takes only while it fits: the sum passes the limit by no more than the newest portions', () => {
  const portion = 10;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(7), fc.boolean()), { maxLength: 600 }), (steps) => {
      const budget = new FairBudget(400);
      const parts = Array.from({ length: 8 }, () => budget.open());
      for (const [index, takes] of steps) {
        const part = parts[index];
        if (part === undefined) continue;
        if (!takes) part.change(-portion);
        else if (part.fits) part.change(portion);
      }
      expect(budget.used).toBe(parts.reduce((sum, { held }) => sum + held, 0));
      expect(budget.used).toBeLessThanOrEqual(400 + parts.length * portion);
    }),
  );
});
