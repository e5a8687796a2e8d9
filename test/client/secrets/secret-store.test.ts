import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chooseSecretStore } from '../../../client/secrets/choose-secret-store.ts';
import { openEncryptedFiles } from '../../../client/secrets/encrypted-files.ts';
import { probeKeychain } from '../../../client/secrets/keychain-key.ts';

// Deriving a key takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const token = 'a-token-that-nobody-may-read';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-secrets-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('with a passphrase the value is in a private, encrypted file, and the next process reads it', async () => {
  const environment = { CAUSEWAY_PASSPHRASE: 'correct horse' };
  const store = await chooseSecretStore(folder, environment);
  expect(store).toMatchObject({ kind: 'encrypted-file', memoryReason: null });
  await store.set('tokens', token);
  for (const path of await files()) {
    expect(await readFile(path, 'latin1')).not.toContain(token);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077).toBe(0);
  }
  expect(await (await chooseSecretStore(folder, environment)).get('tokens')).toBe(token);
  await store.delete('tokens');
  expect(await store.get('tokens')).toBeNull();
});

test('with another passphrase the value can’t be read, and the error says why', async () => {
  await (await chooseSecretStore(folder, { CAUSEWAY_PASSPHRASE: 'one' })).set('tokens', token);
  const other = await chooseSecretStore(folder, { CAUSEWAY_PASSPHRASE: 'two' });
  await expect(other.get('tokens')).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('passphrase'),
  });
});

test('without a keychain and a passphrase there is memory only, with the reason, and no file', async () => {
  const store = await chooseSecretStore(folder, {});
  if ((await probeKeychain()) === 'open') {
    expect(store.kind).toBe('keychain');
    return;
  }
  expect(store).toMatchObject({ kind: 'memory', memoryReason: expect.stringContaining('CAUSEWAY_PASSPHRASE') });
  await store.set('tokens', token);
  expect(await store.get('tokens')).toBe(token);
  expect(await files()).toEqual([]);
});

test('a value that was changed, cut short or moved to another name is refused', async () => {
  const key = randomBytes(32);
  const store = openEncryptedFiles(folder, async () => key);
  await store.set('one', token);
  const [path = ''] = await files();
  const sealed = await readFile(path);
  const flipped = Buffer.from(sealed);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  for (const bad of [flipped, sealed.subarray(0, 20), Buffer.alloc(0)]) {
    await writeFile(path, bad);
    await expect(store.get('one')).rejects.toMatchObject({ code: 'bad-input' });
  }
  await store.set('two', 'x');
  const other = (await files()).find((candidate) => candidate !== path) ?? '';
  await writeFile(other, sealed);
  await expect(store.get('two')).rejects.toMatchObject({ code: 'bad-input' });
});

test('a write that fails leaves no half file behind', async () => {
  const store = openEncryptedFiles(folder, async () => randomBytes(32));
  await store.set('one', token);
  const [path = ''] = await files();
  await rm(path);
  await mkdir(path);
  await expect(store.set('one', token)).rejects.toThrow();
  expect(await files()).toEqual([]);
});

test('what a process left that was killed while it wrote goes with the value, and with nothing else', async () => {
  const key = randomBytes(32);
  const store = openEncryptedFiles(folder, async () => key);
  await store.set('tokens', token);
  await store.set('others', token);
  const names = await files();
  for (const path of names) await writeFile(`${path}.4711.0badcafe`, await readFile(path));
  await store.delete('tokens');
  expect(await store.has('tokens')).toBe(false);
  expect(await files()).toHaveLength(2);
  expect(await store.get('others')).toBe(token);
  await store.delete('others');
  expect(await files()).toEqual([]);
  await store.delete('never there');
});
