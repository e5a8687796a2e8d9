import { expect, it, onTestFinished } from 'vitest';
import type { AdapterPayload } from 'oidc-provider';
import { openBridgeStore } from '../../../relay/saml/bridge-store.ts';
import { storeAdapterFactory } from '../../../relay/saml/store-adapter.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

/** An adapter of one model, over a store of its own. */
function setUp(model: string) {
  const clock = { nowMs: 1_800_000_000_000 };
  const store = openBridgeStore(temporaryFolder(), () => clock.nowMs);
  onTestFinished(() => store.close());
  const adapter = storeAdapterFactory(store, () => clock.nowMs)(model);
  const put = (payload: AdapterPayload, seconds = 100): Promise<void> =>
    Promise.resolve(adapter.upsert('id', payload, seconds)).then(() => undefined);
  return { adapter, clock, put, store };
}

it.each(['RefreshToken', 'AccessToken', 'AuthorizationCode', 'PushedAuthorizationRequest'])(
  'a %s isn’t stored with what it holds, and is found with it',
  async (model) => {
    const { adapter, put, store } = setUp(model);
    await put({ jti: 'id', grantId: 'g' });
    expect(store.get(model, 'id')).toEqual({ grantId: 'g' });
    expect(await adapter.find('id')).toEqual({ jti: 'id', grantId: 'g' });
    expect(await adapter.find('other')).toBeUndefined();
  },
);

it('what is no token is stored as it is', async () => {
  const { adapter, put, store } = setUp('Session');
  await put({ jti: 'j', uid: 'u' });
  expect(store.get('Session', 'id')).toEqual({ jti: 'j', uid: 'u' });
  expect(await adapter.find('id')).toEqual({ jti: 'j', uid: 'u' });
  expect(await adapter.findByUid('u')).toEqual({ jti: 'j', uid: 'u' });
  expect(await adapter.findByUid('id')).toBeUndefined();
  expect(await adapter.findByUserCode('u')).toBeUndefined();
  await adapter.destroy('id');
  expect(await adapter.find('id')).toBeUndefined();
  await put({ uid: 'u' });
  expect(store.get('Session', 'id')).toEqual({ uid: 'u' });
});

it.each<[seconds: number, keptMs: number]>([
  [100, 100_000],
  [0, 86_400_000],
])('what ends after %i s is kept for %i ms', async (seconds, keptMs) => {
  const { adapter, clock, put } = setUp('Session');
  await put({ uid: 'u' }, seconds);
  clock.nowMs += keptMs - 1;
  expect(await adapter.find('id')).toBeDefined();
  clock.nowMs += 1;
  expect(await adapter.find('id')).toBeUndefined();
});

it('a code that was used is known as such until its end, and nothing is made of one that isn’t there', async () => {
  const { adapter, clock, put } = setUp('AuthorizationCode');
  await adapter.consume('id');
  expect(await adapter.find('id')).toBeUndefined();
  await put({ grantId: 'g' });
  await adapter.consume('id');
  expect(await adapter.find('id')).toEqual({ jti: 'id', grantId: 'g' });
  const exp = clock.nowMs / 1000 + 10;
  await put({ grantId: 'g', exp });
  clock.nowMs += 5500;
  await adapter.consume('id');
  expect(await adapter.find('id')).toEqual({ jti: 'id', grantId: 'g', exp, consumed: exp - 5 });
  clock.nowMs += 4500;
  expect(await adapter.find('id')).toBeUndefined();
});

it('a grant ends with what came from it', async () => {
  const { adapter, put } = setUp('RefreshToken');
  await put({ grantId: 'g' });
  await adapter.revokeByGrantId('other');
  expect(await adapter.find('id')).toBeDefined();
  await adapter.revokeByGrantId('g');
  expect(await adapter.find('id')).toBeUndefined();
});
