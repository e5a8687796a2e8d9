import { describe, expect, it } from 'vitest';
import { boundParameters } from '../../../relay/saml/bound-parameters.ts';

const query = (count: number): string => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');

describe('a query', () => {
  it.each([
    ['', 'none'],
    ['a=1', 'one'],
    [query(64), '64'],
    ['&'.repeat(63), '64 without a name'],
  ])('passes: %s (%s)', (text) => {
    expect(() => boundParameters(text)).not.toThrow();
  });

  it.each([
    [query(65), '65'],
    ['&'.repeat(64), '65 without a name'],
    ['&'.repeat(1_000_000), 'a million'],
  ])('is refused: %.10s… (%s)', (text) => {
    expect(() => boundParameters(text)).toThrow(
      expect.objectContaining({ code: 'token-rejected', message: expect.stringContaining('more parameters') }),
    );
  });
});
