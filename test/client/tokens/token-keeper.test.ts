import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newProofKey } from '../../../client/tokens/proof-key.ts';
import { openRefreshLock } from '../../../client/tokens/refresh-lock.ts';
import { shareTokens } from '../../../client/tokens/shared-tokens.ts';
import { createTokenKeeper, type TokenEvent, type TokenKeeper } from '../../../client/tokens/token-keeper.ts';
import { openTokenVault, type TokenSet, type TokenVault } from '../../../client/tokens/token-set.ts';
import { AccessError } from '../../../shared/errors.ts';
import { memorySecrets } from '../support/core-fixture.ts';

const lifetimeMs = 600_000;
let stateDir: string;
let clockMs: number;
let events: TokenEvent[];
let vault: TokenVault;
let renew: ReturnType<typeof vi.fn<(tokens: TokenSet) => Promise<TokenSet>>>;
const keepers: TokenKeeper[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-keeper-'));
  clockMs = 1_700_000_000_000;
  events = [];
  vault = openTokenVault(memorySecrets(), 'profile');
  renew = vi.fn(async (tokens: TokenSet) => ({
    ...tokens,
    accessToken: `access-${tokens.generation + 1}`,
    generation: tokens.generation + 1,
    renewedAtMs: clockMs,
    expiresAtMs: clockMs + lifetimeMs,
  }));
});

afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()));
  await rm(stateDir, { recursive: true, force: true });
});

async function keeper(change: Partial<TokenSet> = {}): Promise<TokenKeeper> {
  const tokens: TokenSet = {
    version: 1,
    relayUrl: 'https://relay.example.com',
    issuer: {
      name: 'Example',
      issuer: 'https://idp.example.com',
      clientId: 'causeway',
      scopes: ['openid'],
      dpop: 'when-offered',
      redirectPorts: [],
    },
    scheme: 'dpop',
    accessToken: 'access-1',
    expiresAtMs: clockMs + lifetimeMs,
    renewedAtMs: clockMs,
    refreshToken: 'refresh-1',
    idToken: null,
    proofKey: await newProofKey('ES256'),
    signedInAtMs: clockMs,
    signInId: 'sign-in-1',
    generation: 1,
    ended: null,
    ...change,
  };
  await vault.write(tokens);
  const made = createTokenKeeper({
    tokens,
    shared: shareTokens(vault, openRefreshLock(stateDir, 'profile')),
    renew,
    relayUrl: 'https://alias.example.com',
    onEvent: (event) => events.push(event),
    now: () => clockMs,
    random: () => 1,
  });
  keepers.push(made);
  return made;
}

const target = { method: 'GET', url: 'https://alias.example.com/v1/catalog?x=1' };

test('each call makes a fresh proof for the request, the token and the relay’s own address', async () => {
  const made = await keeper();
  const first = await made.present({ ...target, nonce: 'n-1' });
  const second = await made.present(target);
  const proof = first.dpopProof ?? '';
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', currentDate: new Date(clockMs) });
  expect(payload).toMatchObject({
    htm: 'GET',
    htu: 'https://relay.example.com/v1/catalog',
    ath: createHash('sha256').update('access-1').digest('base64url'),
    iat: clockMs / 1000,
    nonce: 'n-1',
  });
  expect(decodeProtectedHeader(proof).jwk).not.toHaveProperty('d');
  expect(decodeJwt(second.dpopProof ?? '').jti).not.toBe(payload.jti);
});

test('a bearer token is presented without a proof', async () => {
  const made = await keeper({ scheme: 'bearer', proofKey: null });
  expect(await made.present(target)).toMatchObject({ scheme: 'bearer', token: 'access-1', dpopProof: undefined });
});

test('a token that has ended is renewed before it is presented, once for all who ask', async () => {
  const made = await keeper();
  clockMs += lifetimeMs;
  const presented = await Promise.all([made.present(target), made.present(target), made.present(target)]);
  expect(presented.map(({ token }) => token)).toEqual(['access-2', 'access-2', 'access-2']);
  expect(renew).toHaveBeenCalledTimes(1);
  expect(await vault.read()).toMatchObject({ accessToken: 'access-2' });
});

test('what another process has renewed is used instead of renewing again', async () => {
  const made = await keeper();
  const stored = await vault.read();
  if (stored?.ended === null) await vault.write({ ...stored, accessToken: 'of-the-other', generation: 2 });
  expect((await made.renewNow()).accessToken).toBe('of-the-other');
  expect(renew).not.toHaveBeenCalled();
});

test('when another process has signed out, the sign-in ends here too and nothing is stored again', async () => {
  const made = await keeper();
  await vault.clear();
  await expect(made.renewNow()).rejects.toMatchObject({ code: 'sign-in-expired' });
  expect(events).toMatchObject([{ type: 'did-end' }]);
  expect(renew).not.toHaveBeenCalled();
  expect(await vault.read()).toBeNull();
});

test('a refused refresh token ends the sign-in once, and no token is left', async () => {
  renew.mockRejectedValue(new AccessError('sign-in-expired', 'The provider ended it.'));
  const made = await keeper();
  const tries = await Promise.allSettled([made.renewNow(), made.present(target), made.renewNow()]);
  expect(tries.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  await expect(made.present(target)).rejects.toMatchObject({ code: 'sign-in-expired' });
  expect(events).toMatchObject([{ type: 'did-end', error: { code: 'sign-in-expired' } }]);
  const stored = await vault.read();
  expect(stored).toMatchObject({ ended: { detail: 'The provider ended it.' } });
  for (const token of ['accessToken', 'refreshToken']) expect(stored).not.toHaveProperty(token);
});

test('while the provider is down the token stays in use, and the next check renews', async () => {
  renew.mockRejectedValueOnce(new AccessError('idp-unreachable', 'Down.'));
  const made = await keeper();
  await made.checkNow();
  expect(events).toEqual([]);
  clockMs += lifetimeMs * 0.9;
  await made.checkNow();
  expect(events).toMatchObject([{ type: 'did-fail', error: { code: 'idp-unreachable' } }]);
  expect((await made.present(target)).token).toBe('access-1');
  await made.checkNow();
  expect(events.at(-1)).toMatchObject({ type: 'did-renew' });
  expect((await made.present(target)).token).toBe('access-2');
});

test('after hours of sleep the first thing is a renewal', async () => {
  const made = await keeper();
  made.start();
  clockMs += 5 * 3_600_000;
  await made.checkNow();
  expect(events).toMatchObject([{ type: 'did-renew', tokens: { generation: 2 } }]);
});

test('a sign-in that was ended from outside is stored as ended, without any token, and nothing is told', async () => {
  const made = await keeper();
  await made.abandon(new AccessError('session-revoked', 'You have been signed out at Example.'));
  const stored = await vault.read();
  expect(stored).toMatchObject({ ended: { detail: 'You have been signed out at Example.' } });
  for (const token of ['accessToken', 'refreshToken']) expect(stored).not.toHaveProperty(token);
  await expect(made.present(target)).rejects.toMatchObject({ code: 'sign-in-expired' });
  expect(events).toEqual([]);
  expect(renew).not.toHaveBeenCalled();
});

test('what another process has stored since isn’t touched by the end of an older sign-in', async () => {
  const made = await keeper();
  const newer = { ...made.current(), accessToken: 'access-of-another', generation: 7 };
  await vault.write(newer);
  await made.abandon(new AccessError('session-revoked', 'You have been signed out at Example.'));
  expect(await vault.read()).toEqual(newer);
});
