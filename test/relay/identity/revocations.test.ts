import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../relay/identity/identity.ts';
import { createRevocations, extentOfSignIn, type RevocableIdentity } from '../../../relay/identity/revocations.ts';
import { AccessError } from '../../../shared/errors.ts';
import { openAuthenticator } from './test-issuer.ts';

const issuer = 'https://idp.example';
const startedAtMs = 1_700_000_000_000;
let nextToken = 0;

/** A token of alice, one of its own with each call. */
const tokenOf = (changes: Partial<RevocableIdentity> = {}): RevocableIdentity => ({
  kind: 'person',
  issuer,
  subject: 'alice',
  providerSessionId: undefined,
  tokenId: `token-${nextToken++}`,
  jkt: undefined,
  issuedAtMs: startedAtMs,
  ...changes,
});

describe('a sign-out by the person', () => {
  const revocations = () => createRevocations({ now: () => startedAtMs + 60_000 });

  it.each([
    ['the session that the token names', { providerSessionId: 's1', jkt: 'key' }, 'session'],
    ['the key, where it names no session', { jkt: 'key' }, 'key'],
    [
      'the key, where the time of the token isn’t known',
      { providerSessionId: 's1', jkt: 'key', issuedAtMs: undefined },
      'key',
    ],
    ['the token, where it names neither', {}, 'token'],
    [
      'the token, where its time isn’t known and it has no key',
      { providerSessionId: 's1', issuedAtMs: undefined },
      'token',
    ],
    ['the token of a service, whatever it names', { kind: 'service', providerSessionId: 's1', jkt: 'key' }, 'token'],
  ] as const)('is of %s', (_what, changes, extent) => {
    expect(extentOfSignIn(tokenOf(changes))).toBe(extent);
  });

  it('ends all tokens of the session from before, and none of another session, person or issuer', () => {
    const known = revocations();
    const signedOut = tokenOf({ providerSessionId: 's1' });
    known.revoke({ issuer, signInOf: signedOut }, 'person');
    expect(known.revokedBy(signedOut)).toBe('person');
    expect(known.revokedBy(tokenOf({ providerSessionId: 's1', issuedAtMs: startedAtMs + 59_000 }))).toBe('person');
    expect(known.revokedBy(tokenOf({ providerSessionId: 's2' }))).toBeNull();
    expect(known.revokedBy(tokenOf())).toBeNull();
    expect(known.revokedBy(tokenOf({ subject: 'bob' }))).toBeNull();
    expect(known.revokedBy(tokenOf({ issuer: 'https://other.example', providerSessionId: 's1' }))).toBeNull();
  });

  it('lets the person sign in again in the same session of the browser', () => {
    const known = revocations();
    known.revoke({ issuer, signInOf: tokenOf({ providerSessionId: 's1' }) }, 'person');
    expect(known.revokedBy(tokenOf({ providerSessionId: 's1', issuedAtMs: startedAtMs + 61_000 }))).toBeNull();
  });

  it('ends a token from a provider whose clock is ahead, and what the same session had before', () => {
    const known = revocations();
    const ahead = tokenOf({ providerSessionId: 's1', issuedAtMs: startedAtMs + 90_000 });
    known.revoke({ issuer, signInOf: ahead }, 'person');
    expect(known.revokedBy(ahead)).toBe('person');
    expect(known.revokedBy(tokenOf({ providerSessionId: 's1', issuedAtMs: startedAtMs + 80_000 }))).toBe('person');
  });

  it('ends all tokens of the key from before where no session is named, and none of another key', () => {
    const known = revocations();
    known.revoke({ issuer, signInOf: tokenOf({ jkt: 'key-1' }) }, 'person');
    expect(known.revokedBy(tokenOf({ jkt: 'key-1' }))).toBe('person');
    expect(known.revokedBy(tokenOf({ jkt: 'key-2' }))).toBeNull();
    expect(known.revokedBy(tokenOf())).toBeNull();
  });

  it('ends one token where it names neither', () => {
    const known = revocations();
    const signedOut = tokenOf();
    known.revoke({ issuer, signInOf: signedOut }, 'person');
    expect(known.revokedBy(signedOut)).toBe('person');
    expect(known.revokedBy(tokenOf())).toBeNull();
  });
});

describe('a flood of sign-outs', () => {
  it('makes no relay forget whom an administrator or a provider has shut out', () => {
    const known = createRevocations({ now: () => startedAtMs, maxEntries: 100 });
    known.revoke({ issuer, subject: 'mallory' }, 'administrator');
    known.revoke({ issuer, sid: 's1', unnamedOf: undefined });
    for (let count = 0; count < 1000; count += 1) known.revoke({ issuer, signInOf: tokenOf() }, 'person');
    expect(known.marks().length).toBeLessThanOrEqual(102);
    expect(known.revokedBy(tokenOf({ subject: 'mallory' }))).toBe('administrator');
    expect(known.revokedBy(tokenOf({ providerSessionId: 's1' }))).toBe('provider');
  });

  it('is bounded for each person, so that the sign-outs of others are remembered as well', async () => {
    const authenticator = openAuthenticator([]);
    const identityOf = (subject: string): Identity => ({
      ...tokenOf({ subject }),
      name: subject,
      authTimeMs: undefined,
      acr: undefined,
      scopes: [],
      claims: {},
      kind: 'person',
      issuerName: 'Issuer',
      username: subject,
      email: undefined,
      groups: [],
      clientId: undefined,
      expiresAtMs: Date.now() + 60_000,
      certificateSha256: undefined,
      jkt: undefined,
    });
    const codes = new Set<unknown>();
    for (let count = 0; count < 600; count += 1) {
      const failure = await authenticator.signOut(identityOf('mallory')).catch((error: unknown) => error);
      codes.add(failure instanceof AccessError ? failure.code : failure);
    }
    expect([...codes]).toEqual([undefined, 'overloaded']);
    await expect(authenticator.signOut(identityOf('alice'))).resolves.toBeUndefined();
  });
});
