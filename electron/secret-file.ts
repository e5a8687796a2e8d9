import { readFile, rename, writeFile } from 'node:fs/promises';
import PQueue from 'p-queue';
import { z } from 'zod';
import type { SecretStore } from '../client/secrets/secret-store.ts';
import { text } from '../shared/messages/text.ts';

/** Encryption by the operating system. `decrypt` throws when the text was made under another key. */
export interface SecretCipher {
  encrypt(plain: string): Promise<Buffer>;
  decrypt(encrypted: Buffer): Promise<string>;
}

const fileSchema = z.record(z.string(), z.base64());

/**
 * Keeps secrets as encrypted blobs in one file, readable by its owner only. Writes are serial and atomic; a blob that
 * the key doesn't open counts as absent, so that a moved profile asks for a new sign-in instead of failing; `elsewhere`
 * tells that it is there.
 */
export function createSecretFile(
  path: string,
  cipher: SecretCipher,
  didFailToDecrypt: (name: string, cause: unknown) => void,
): SecretStore {
  const queue = new PQueue({ concurrency: 1 });
  const change = (edit: (blobs: Map<string, string>) => void): Promise<void> =>
    queue.add(async () => {
      const blobs = await readBlobs(path);
      edit(blobs);
      const next = `${path}.next`;
      await writeFile(next, JSON.stringify(Object.fromEntries(blobs)), { mode: 0o600, flush: true });
      await rename(next, path);
    });
  return {
    kind: 'keychain',
    memoryReason: null,
    get: (name) =>
      queue.add(async () => {
        const blob = (await readBlobs(path)).get(name);
        if (blob === undefined) return null;
        try {
          return await cipher.decrypt(Buffer.from(blob, 'base64'));
        } catch (cause) {
          didFailToDecrypt(name, cause);
          return null;
        }
      }),
    set: async (name, value) => {
      const blob = (await cipher.encrypt(value)).toString('base64');
      await change((blobs) => blobs.set(name, blob));
    },
    delete: (name) => change((blobs) => blobs.delete(name)),
    elsewhere: (name) =>
      queue.add(async () => {
        const blob = (await readBlobs(path)).get(name);
        const opens = blob === undefined || (await cipher.decrypt(Buffer.from(blob, 'base64')).then(isDone, isNotDone));
        return { values: [], closed: opens ? [] : [text('main.kept.unopened')] };
      }),
  };
}

const isDone = (): boolean => true;
const isNotDone = (): boolean => false;

async function readBlobs(path: string): Promise<Map<string, string>> {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return new Map(parsed.success ? Object.entries(parsed.data) : []);
  } catch (cause) {
    if (cause instanceof SyntaxError || (cause as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw cause;
  }
}

/**
 * Memory in place of a file that can't be opened in this session: what stands in the file is told of, and deleted with
 * a sign-out.
 */
export function besideSecretFile(path: string, memory: SecretStore): SecretStore {
  const asIs: SecretCipher = { encrypt: async (plain) => Buffer.from(plain), decrypt: async () => '' };
  const file = createSecretFile(path, asIs, () => undefined);
  return {
    ...memory,
    delete: async (name) => {
      await memory.delete(name);
      if ((await file.get(name)) !== null) await file.delete(name);
    },
    elsewhere: async (name) => ({
      values: [],
      closed: (await file.get(name)) === null ? [] : [text('main.kept.unusable')],
    }),
  };
}
