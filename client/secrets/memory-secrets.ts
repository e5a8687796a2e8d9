import type { SecretStore } from './secret-store.ts';

/** Keeps secrets until the process ends; `reason` tells the person why nothing better is there. */
export function memorySecretStore(reason: string): SecretStore {
  const values = new Map<string, string>();
  return {
    kind: 'memory',
    memoryReason: reason,
    get: async (name) => values.get(name) ?? null,
    set: async (name, value) => void values.set(name, value),
    delete: async (name) => void values.delete(name),
    elsewhere: async () => ({ values: [], closed: [] }),
  };
}
