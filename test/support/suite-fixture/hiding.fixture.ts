import { expect, it } from 'vitest';
import { isFirstTime } from './first-time.ts';

const first = isFirstTime('hiding');

it.runIf(first)('is left out the second time', () => {
  expect(1).toBe(2);
});

it('stays', () => {
  expect(1).toBe(1);
});
