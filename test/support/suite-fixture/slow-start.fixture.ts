import { beforeAll, describe, expect, it } from 'vitest';
import { isFirstTime } from './first-time.ts';

describe('a relay', () => {
  beforeAll(() => {
    if (isFirstTime('slow-start')) throw new Error('not ready in time');
  });

  it('answers', () => {
    expect(1).toBe(1);
  });
});
