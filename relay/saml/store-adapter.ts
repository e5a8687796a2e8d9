import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { BridgeStore } from './bridge-store.ts';

/** Models whose id is the token itself; their stored form must not hold it. */
const tokenModels = new Set(['RefreshToken', 'AccessToken', 'AuthorizationCode', 'PushedAuthorizationRequest']);

/** The adapter that `oidc-provider` asks for, over the bridge’s store. */
export function storeAdapterFactory(store: BridgeStore, now: () => number): AdapterFactory {
  return (model) => createAdapter(model, store, now);
}

function createAdapter(model: string, store: BridgeStore, now: () => number): Adapter {
  const hidesId = tokenModels.has(model);
  return {
    async upsert(id, payload, expiresInSeconds) {
      const { jti, ...others } = payload;
      const stored = hidesId || jti === undefined ? others : { jti, ...others };
      // A model without an end (there is none in use) would be kept for a day.
      await store.put(model, id, stored, now() + (expiresInSeconds || 86_400) * 1000);
    },
    async find(id) {
      const found = await store.get(model, id);
      return found === undefined ? undefined : ((hidesId ? { ...found, jti: id } : found) as AdapterPayload);
    },
    async findByUid(uid) {
      return (await store.findByUid(model, uid)) as AdapterPayload | undefined;
    },
    findByUserCode: () => Promise.resolve(undefined),
    async consume(id) {
      const found = await store.get(model, id);
      const endsAt = found?.['exp'];
      if (found === undefined || typeof endsAt !== 'number') return;
      await store.put(model, id, { ...found, consumed: Math.floor(now() / 1000) }, endsAt * 1000);
    },
    async destroy(id) {
      await store.delete(model, id);
    },
    async revokeByGrantId(grantId) {
      await store.deleteGrant(grantId);
    },
  };
}
