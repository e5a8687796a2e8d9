import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openRefreshLock } from '../../../client/tokens/refresh-lock.ts';
import { shareTokens, type SharedTokens } from '../../../client/tokens/shared-tokens.ts';
import { createTokenKeeper, type TokenEvent, type TokenKeeper } from '../../../client/tokens/token-keeper.ts';
import { openTokenVault, type StoredTokens, type TokenSet, type TokenVault } from '../../../client/tokens/token-set.ts';
import { AccessError } from '../../../shared/errors.ts';
import { waitFor } from '../../support/wait-for.ts';
import { memorySecrets } from '../support/core-fixture.ts';

let stateDir: string;
let vault: TokenVault;
/** What the disk says to writes; null when it takes them. */
let diskSays: string | null;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-shared-'));
  diskSays = null;
  const kept = openTokenVault(memorySecrets(), 'profile');
  vault = {
    ...kept,
    async write(tokens) {
      if (diskSays !== null) throw Object.assign(new Error(`${diskSays}: can’t write`), { code: diskSays });
      await kept.write(tokens);
    },
  };
});

afterEach(async () => {
  diskSays = null;
  for (const one of opened.splice(0).toReversed()) await one.close();
  await rm(stateDir, { recursive: true, force: true });
});

function person(sub: string): string {
  return `e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.x`;
}

function signIn(signInId: string, change: Partial<TokenSet> = {}): TokenSet {
  return {
    version: 1,
    relayUrl: 'https://relay.example.com',
    issuer: {
      name: 'Example',
      issuer: 'https://idp.example.com',
      clientId: 'causeway',
      scopes: ['openid'],
      dpop: 'off',
      redirectPorts: [],
    },
    scheme: 'bearer',
    accessToken: `${signInId}-1`,
    expiresAtMs: 1_000_000,
    renewedAtMs: 0,
    refreshToken: `${signInId}-refresh-1`,
    idToken: person('alice'),
    proofKey: null,
    signedInAtMs: 0,
    signInId,
    generation: 1,
    ended: null,
    ...change,
  };
}

/** What one process has: the lock is a file's, so that two of these behave as two processes do. */
function share(): SharedTokens {
  const shared = shareTokens(vault, openRefreshLock(stateDir, 'profile'), { quickTriesMs: [0, 5], retryMs: 30 });
  opened.push(shared);
  return shared;
}

/** A provider that takes a refresh token that comes twice for theft. */
function provider() {
  const used = new Set<string>();
  return vi.fn(async (tokens: TokenSet): Promise<TokenSet> => {
    if (used.has(String(tokens.refreshToken))) throw new AccessError('sign-in-expired', 'Theft.');
    used.add(String(tokens.refreshToken));
    const generation = tokens.generation + 1;
    const next = `${tokens.signInId}-${generation}`;
    return { ...tokens, accessToken: next, refreshToken: `${tokens.signInId}-refresh-${generation}`, generation };
  });
}

function keep(
  tokens: TokenSet,
  renew: TokenKeeperRenew,
  shared = share(),
  lockWaitMs = 20_000,
): { keeper: TokenKeeper; events: TokenEvent[] } {
  const events: TokenEvent[] = [];
  const keeper = createTokenKeeper({
    tokens,
    shared,
    renew,
    relayUrl: tokens.relayUrl,
    onEvent: (event) => events.push(event),
    now: () => 0,
    lockWaitMs,
  });
  opened.push(keeper);
  return { keeper, events };
}
type TokenKeeperRenew = (tokens: TokenSet) => Promise<TokenSet>;

test.each(['EBUSY', 'ENOSPC', 'EACCES', 'EIO', 'EROFS'])(
  'a renewal that the disk refuses with %s is used, renewed again, and stored once the disk takes it',
  async (code) => {
    await vault.write(signIn('a'));
    const renew = provider();
    const shared = share();
    const { keeper, events } = keep(signIn('a'), renew, shared);
    diskSays = code;
    await keeper.renewNow();
    expect(keeper.current()).toMatchObject({ accessToken: 'a-2', generation: 2 });
    expect(shared.unstored()).toMatchObject({ code });
    await keeper.renewNow();
    expect(keeper.current()).toMatchObject({ accessToken: 'a-3', generation: 3 });
    expect(events.map(({ type }) => type)).toEqual(['did-renew', 'did-renew']);
    expect(await vault.read()).toMatchObject({ generation: 1 });
    diskSays = null;
    await waitFor(async () => expect(await vault.read()).toMatchObject({ accessToken: 'a-3', generation: 3 }));
    await waitFor(() => expect(shared.unstored()).toBeNull());
  },
);

test('while a renewal waits for the disk no other process replays the old token; then it takes the new one', async () => {
  await vault.write(signIn('a'));
  const renew = provider();
  const first = keep(signIn('a'), renew);
  const second = keep(signIn('a'), renew);
  diskSays = 'ENOSPC';
  await first.keeper.renewNow();
  const waiting = second.keeper.renewNow();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(renew).toHaveBeenCalledTimes(1);
  diskSays = null;
  expect(await waiting).toMatchObject({ accessToken: 'a-2' });
  expect(renew).toHaveBeenCalledTimes(1);
  expect([...first.events, ...second.events].map(({ type }) => type)).toEqual(['did-renew', 'did-renew']);
});

test('a process that ends stores what waits, when the disk takes it by then', async () => {
  await vault.write(signIn('a'));
  const shared = shareTokens(vault, openRefreshLock(stateDir, 'profile'), { quickTriesMs: [0], retryMs: 60_000 });
  const { keeper } = keep(signIn('a'), provider(), shared);
  diskSays = 'EBUSY';
  await keeper.renewNow();
  diskSays = null;
  await keeper.close();
  await shared.close();
  expect(await vault.read()).toMatchObject({ accessToken: 'a-2' });
});

test('what waits isn’t stored over a sign-out that another process made meanwhile', async () => {
  await vault.write(signIn('a'));
  const shared = share();
  const { keeper } = keep(signIn('a'), provider(), shared);
  diskSays = 'ENOSPC';
  await keeper.renewNow();
  await vault.clear();
  diskSays = null;
  await waitFor(() => expect(shared.unstored()).toBeNull());
  expect(await vault.read()).toBeNull();
});

test.each([
  ['the same person’s', person('alice'), 'b-7'],
  ['a sign-in without a name', null, 'b-7'],
])('an older process takes %s later sign-in over, whatever its generation', async (_whose, idToken, accessToken) => {
  const renew = provider();
  const { keeper } = keep(signIn('a', { generation: 12 }), renew);
  await vault.write(signIn('b', { accessToken: 'b-7', generation: 1, idToken }));
  expect(await keeper.renewNow()).toMatchObject({ accessToken, signInId: 'b' });
  expect(renew).not.toHaveBeenCalled();
});

test('an older process neither takes another person’s sign-in, nor overwrites it, nor ends it', async () => {
  const renew = provider();
  const later = signIn('b', { idToken: person('bob') });
  const { keeper, events } = keep(signIn('a', { generation: 12 }), renew);
  await vault.write(later);
  expect(await keeper.adoptStored()).toBeNull();
  await expect(keeper.renewNow()).rejects.toMatchObject({
    code: 'sign-in-expired',
    message: expect.stringContaining('Another person'),
  });
  await expect(keeper.adopt(signIn('c'))).rejects.toMatchObject({ code: 'sign-in-expired' });
  expect(events).toMatchObject([{ type: 'did-end' }]);
  expect(renew).not.toHaveBeenCalled();
  expect(await vault.read()).toEqual(later);
});

test.each<[string, (keeper: TokenKeeper) => Promise<unknown>]>([
  ['is revoked', (keeper) => keeper.abandon(new AccessError('session-revoked', 'Ended.'))],
  ['is refused by the provider', (keeper) => keeper.renewNow()],
])('a later sign-in stays when an older one %s', async (_how, ended) => {
  const later = signIn('b');
  const renew: TokenKeeperRenew = async () => {
    // As an older version of Causeway would, without the lock.
    await vault.write(later);
    throw new AccessError('sign-in-expired', 'The provider ended it.');
  };
  await vault.write(signIn('a'));
  const { keeper } = keep(signIn('a'), renew);
  if (_how === 'is revoked') await vault.write(later);
  await ended(keeper).catch(() => undefined);
  expect(await vault.read()).toEqual(later);
});

test('a process that is stopped with the lock in hand is named in time, and costs nothing once it goes on', async () => {
  await vault.write(signIn('a'));
  const stopped = Promise.withResolvers<void>();
  const holding = openRefreshLock(stateDir, 'profile').hold(() => stopped.promise);
  const renew = provider();
  const { keeper, events } = keep(signIn('a'), renew, share(), 50);
  await expect(keeper.renewNow()).rejects.toMatchObject({
    code: 'renewal-failed',
    message: expect.stringContaining('Another Causeway on this computer'),
  });
  expect(events).toMatchObject([{ type: 'did-fail' }]);
  expect(renew).not.toHaveBeenCalled();
  await keeper.abandon(new AccessError('session-revoked', 'Revoked.')).catch(() => undefined);
  expect(keeper.current()).toMatchObject({ ended: { detail: 'Revoked.' } });
  expect(keeper.current()).not.toHaveProperty('accessToken');
  stopped.resolve();
  await holding;
});

test('whoever waits behind a work of the same process that doesn’t end gives up in time, too', async () => {
  const shared = share();
  const stuck = Promise.withResolvers<void>();
  const first = shared.hold(() => stuck.promise);
  const second = vi.fn(async () => undefined);
  await expect(shared.hold(second, AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
  stuck.resolve();
  await first;
  await shared.hold(async () => undefined);
  expect(second).not.toHaveBeenCalled();
});

test.each<[string, TokenSet | null, 'did-renew' | 'did-end']>([
  ['a sign-out', null, 'did-end'],
  ['another person’s sign-in', signIn('b', { idToken: person('bob') }), 'did-end'],
  ['a later sign-in', signIn('b', { generation: 2 }), 'did-renew'],
])('%s that didn’t wait for the lock isn’t undone by a renewal under way', async (_what, later, told) => {
  await vault.write(signIn('a'));
  const renew = provider();
  const { keeper, events } = keep(signIn('a'), async (tokens) => {
    await (later === null ? vault.clear() : vault.write(later));
    return await renew(tokens);
  });
  await keeper.renewNow().catch(() => undefined);
  expect(events.map(({ type }) => type)).toEqual([told]);
  expect(await vault.read()).toEqual(later);
});

test('an end waits for a provider that doesn’t answer for some seconds only', async () => {
  await vault.write(signIn('a'));
  const { promise } = Promise.withResolvers<TokenSet>();
  const { keeper } = keep(signIn('a'), () => promise);
  const renewal = keeper.renewNow();
  renewal.catch(() => undefined);
  const startedMs = performance.now();
  await keeper.close();
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});

test.each<[string, TokenSet | null, boolean]>([
  ['nothing', null, true],
  ['an older sign-in', signIn('old', { signedInAtMs: -1 }), true],
  ['a later sign-in', signIn('later', { signedInAtMs: 1 }), false],
])('a fresh sign-in that waits for the disk, where there was nothing to read, meets %s', async (_what, met, stored) => {
  let readable = false;
  const inner = vault;
  vault = {
    ...inner,
    async read() {
      if (!readable) throw new Error('It can’t be decrypted');
      return await inner.read();
    },
  };
  const shared = share();
  diskSays = 'ENOSPC';
  await shared.hold((held) => held.write(signIn('a')));
  diskSays = null;
  if (met !== null) await inner.write(met);
  readable = true;
  await waitFor(() => expect(shared.unstored()).toBeNull());
  expect(await vault.read()).toMatchObject({ signInId: stored ? 'a' : 'later' });
});

test('a fresh sign-in that waits for the disk is stored over one that can’t be decrypted', async () => {
  let stored: StoredTokens | null = null;
  vault = {
    ...vault,
    async read() {
      if (stored === null) throw new Error('It can’t be decrypted');
      return stored;
    },
    async write(tokens) {
      if (diskSays !== null) throw new Error(diskSays);
      stored = tokens;
    },
  };
  const shared = share();
  diskSays = 'ENOSPC';
  await shared.hold((held) => held.write(signIn('a')));
  diskSays = null;
  await waitFor(() => expect(shared.unstored()).toBeNull());
  expect(stored).toMatchObject({ signInId: 'a' });
});
