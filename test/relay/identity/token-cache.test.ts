import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../relay/identity/identity.ts';
import { createKeySet } from '../../../relay/identity/key-set.ts';
import { createTokenCache } from '../../../relay/identity/token-cache.ts';

const set = await createKeySet({ keys: [] });
const identity: Identity = {
  kind: 'person',
  issuer: 'https://idp.example',
  issuerName: 'IdP',
  subject: 's',
  username: 'alice',
  name: 'Alice',
  email: undefined,
  groups: [],
  clientId: undefined,
  tokenId: undefined,
  expiresAtMs: 0,
  authTimeMs: undefined,
  acr: undefined,
  scopes: [],
  providerSessionId: undefined,
  claims: {},
  jkt: undefined,
  certificateSha256: undefined,
};

describe('the memory for verified tokens', () => {
  it('forgets the least recently used when it has too many', () => {
    const cache = createTokenCache(2, 1000);
    cache.put('a', { identity, set });
    cache.put('b', { identity, set });
    cache.get('a');
    cache.put('c', { identity, set });
    expect(['a', 'b', 'c'].map((token) => cache.get(token) !== undefined)).toEqual([true, false, true]);
  });

  it('forgets when tokens are too large together, also after a token was put twice', () => {
    const cache = createTokenCache(100, 250);
    const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(100)) as [string, string, string];
    cache.put(one, { identity, set });
    cache.put(one, { identity, set });
    cache.put(two, { identity, set });
    expect([one, two].map((token) => cache.get(token) !== undefined)).toEqual([true, true]);
    cache.put(three, { identity, set });
    expect([one, two, three].map((token) => cache.get(token) !== undefined)).toEqual([false, true, true]);
  });

  it('holds as much as fits exactly, and nothing that doesn’t fit at all', () => {
    const cache = createTokenCache(100, 10);
    cache.put('12345', { identity, set });
    cache.put('67890', { identity, set });
    expect(['12345', '67890'].map((token) => cache.get(token) !== undefined)).toEqual([true, true]);
    cache.put('x'.repeat(11), { identity, set });
    expect(cache.get('x'.repeat(11))).toBeUndefined();
  });

  it('forgets one token, or all', () => {
    const cache = createTokenCache();
    for (const token of ['a', 'b', 'c']) cache.put(token, { identity, set });
    cache.delete('a');
    expect(['a', 'b'].map((token) => cache.get(token) !== undefined)).toEqual([false, true]);
    cache.clear();
    expect(['b', 'c'].map((token) => cache.get(token) !== undefined)).toEqual([false, false]);
  });
});
