import { createHash, randomBytes } from 'node:crypto';
import PQueue from 'p-queue';
import { z } from 'zod';
import type { ProfileRecord } from '../../shared/settings.ts';
import type { SecretStore } from '../secrets/secret-store.ts';

const storedSchema = z.record(z.string(), z.string());

/** Keys that requests to an API's local address must carry, for the APIs that the person wants it for. */
export interface AccessKeys {
  /** Null when the API needs none. One that is wanted and not stored is made. */
  keyOf(api: string): Promise<string | null>;
  /** Wants a key, a fresh one, or none any more. */
  set(api: string, wanted: boolean): Promise<void>;
  /** Forgets the keys; what is wanted stays. */
  clear(): Promise<void>;
}

/** What the relay is told of a key: SHA-256 in base64url. */
export function accessKeyHash(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** One profile's keys in the secret store. Work runs in order, so that no key is made twice. */
export function createAccessKeys(options: {
  readonly secrets: SecretStore;
  readonly record: () => ProfileRecord;
  readonly remember: (change: Pick<ProfileRecord, 'keyProtected'>) => void;
}): AccessKeys {
  const { secrets, record } = options;
  const name = `access-keys:${record().id}`;
  const queue = new PQueue({ concurrency: 1 });

  async function stored(): Promise<Record<string, string>> {
    const text = await secrets.get(name);
    return text === null ? {} : storedSchema.parse(JSON.parse(text));
  }

  async function make(api: string, others: Record<string, string>): Promise<string> {
    const key = randomBytes(24).toString('base64url');
    await secrets.set(name, JSON.stringify({ ...others, [api]: key }));
    return key;
  }

  return {
    keyOf: (api) =>
      queue.add(async () => {
        if (!(record().keyProtected ?? []).includes(api)) return null;
        const keys = await stored();
        return keys[api] ?? (await make(api, keys));
      }),
    set: (api, wanted) =>
      queue.add(async () => {
        const { [api]: _old, ...others } = await stored();
        if (wanted) await make(api, others);
        else if (Object.keys(others).length > 0) await secrets.set(name, JSON.stringify(others));
        else await secrets.delete(name);
        const known = (record().keyProtected ?? []).filter((other) => other !== api);
        options.remember({ keyProtected: wanted ? [...known, api] : known });
      }),
    clear: () => queue.add(() => secrets.delete(name)),
  };
}
