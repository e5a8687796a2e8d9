import { describe, expect, it } from 'vitest';
import { claimedBy } from '../../../relay/identity/claimed-by.ts';

function tokenOf(claims: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

describe('who a refused token claims to be from', () => {
  it('is unknown when the token is too large, opaque or names nobody', () => {
    expect(claimedBy(tokenOf({ iss: 'i', sub: 's' }), 10)).toBeNull();
    expect(claimedBy('opaque', 1000)).toBeNull();
    expect(claimedBy(tokenOf([]), 1000)).toBeNull();
    expect(claimedBy(tokenOf({ iss: 1, sub: {} }), 1000)).toBeNull();
  });

  it('is its issuer and subject, shortened', () => {
    expect(claimedBy(tokenOf({ iss: 'https://idp.example', sub: 'x'.repeat(300) }), 1000)).toEqual({
      issuer: 'https://idp.example',
      subject: 'x'.repeat(200),
    });
  });
});
