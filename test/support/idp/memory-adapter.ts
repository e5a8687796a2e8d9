import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/** What an identity provider remembers; kept apart so that it survives a reconfiguration with new keys. */
export class IdpMemory {
  readonly records = new Map<string, AdapterPayload>();

  /** Factory in the shape that `oidc-provider` asks for, one adapter per model over the same memory. */
  readonly adapterFactory: AdapterFactory = (model) => this.#adapter(model);

  #adapter(model: string): Adapter {
    const records = this.records;
    const keyOf = (id: string): string => `${model}:${id}`;
    const findBy = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const [key, payload] of records) {
        if (key.startsWith(`${model}:`) && matches(payload)) return payload;
      }
      return undefined;
    };
    return {
      async upsert(id, payload) {
        records.set(keyOf(id), structuredClone(payload));
      },
      async find(id) {
        return structuredClone(records.get(keyOf(id)));
      },
      async findByUid(uid) {
        return structuredClone(findBy((payload) => payload.uid === uid));
      },
      async findByUserCode(userCode) {
        return structuredClone(findBy((payload) => payload.userCode === userCode));
      },
      async consume(id) {
        const payload = records.get(keyOf(id));
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        records.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, payload] of records) {
          if (key.startsWith(`${model}:`) && payload.grantId === grantId) records.delete(key);
        }
      },
    };
  }
}
