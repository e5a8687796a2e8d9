import { describe, expect, it } from 'vitest';
import { isFirstTime } from './first-time.ts';

const first = isFirstTime('late');

describe('a page', () => {
  it('has its listener in time', () => {
    expect(first, 'too late\nfor the key').toBe(false);
  });

  it('opens', () => {
    expect(1).toBe(1);
  });
});
