import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memorySecretStore } from '../../client/secrets/memory-secrets.ts';
import { readOrigins, readPersistedState } from '../../electron/persisted-state.ts';
import { decideSecretBackend } from '../../electron/secret-backend.ts';
import { type SecretCipher, createSecretFile } from '../../electron/secret-file.ts';

/** A reversible cipher with a key, enough to tell plain from encrypted and one key from another. */
function cipherWith(key: Buffer): SecretCipher {
  const mix = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => byte ^ (key[index % key.length] ?? 0)));
  return {
    encrypt: async (plain) => mix(Buffer.from(`ok:${plain}`)),
    decrypt: async (encrypted) => {
      const text = mix(encrypted).toString('utf8');
      if (!text.startsWith('ok:')) throw new Error('another key');
      return text.slice(3);
    },
  };
}

describe('where tokens are kept', () => {
  test.each([
    [{ platform: 'linux', available: true, linuxBackend: 'basic_text' }, 'memory'],
    [{ platform: 'linux', available: true, linuxBackend: 'unknown' }, 'memory'],
    [{ platform: 'linux', available: true, linuxBackend: null }, 'memory'],
    [{ platform: 'linux', available: false, linuxBackend: 'gnome_libsecret' }, 'memory'],
    [{ platform: 'darwin', available: false, linuxBackend: null }, 'memory'],
    [{ platform: 'linux', available: true, linuxBackend: 'gnome_libsecret' }, 'keychain'],
    [{ platform: 'linux', available: true, linuxBackend: 'kwallet6' }, 'keychain'],
    [{ platform: 'darwin', available: true, linuxBackend: null }, 'keychain'],
    [{ platform: 'win32', available: true, linuxBackend: null }, 'keychain'],
  ] as const)('%o means %s', (facts, status) => {
    const backend = decideSecretBackend(facts);
    expect(backend.status).toBe(status);
    if (backend.status === 'memory') expect(backend.reason).toMatch(/\.$/);
  });
});

describe('the file of secrets', () => {
  let folder: string;
  let path: string;
  const failed: string[] = [];
  const open = (key: Buffer) => createSecretFile(path, cipherWith(key), (name) => void failed.push(name));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-secrets-'));
    path = join(folder, 'secrets.json');
    failed.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('holds no plain text, is its owner’s alone, and comes back in a new run', async () => {
    const key = randomBytes(16);
    await open(key).set('tokens', 'refresh-token-value');
    expect(readFileSync(path, 'utf8')).not.toContain('refresh-token-value');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await open(key).get('tokens')).toBe('refresh-token-value');
  });

  test('a blob made under another key counts as absent and is reported', async () => {
    await open(randomBytes(16)).set('tokens', 'value');
    expect(await open(randomBytes(16)).get('tokens')).toBeNull();
    expect(failed).toEqual(['tokens']);
  });

  test('a blob made under another key is told of, and goes with what is deleted', async () => {
    await open(randomBytes(16)).set('tokens', 'value');
    const store = open(randomBytes(16));
    expect(await store.elsewhere('tokens')).toEqual({ values: [], closed: [expect.stringContaining('doesn’t open')] });
    expect(await store.elsewhere('others')).toEqual({ values: [], closed: [] });
    await store.delete('tokens');
    expect(await store.elsewhere('tokens')).toEqual({ values: [], closed: [] });
    await store.set('tokens', 'newer');
    expect(await store.elsewhere('tokens')).toEqual({ values: [], closed: [] });
  });

  test.each(['', '{', '[]', '{"tokens": 7}', '{"tokens": "not base64!"}'])(
    'a broken file %j counts as empty and can be written again',
    async (text) => {
      writeFileSync(path, text);
      const store = open(randomBytes(16));
      expect(await store.get('tokens')).toBeNull();
      await store.set('tokens', 'value');
      expect(await store.get('tokens')).toBe('value');
    },
  );

  test('many writes at once all hold, and what is deleted is gone', async () => {
    const store = open(randomBytes(16));
    const names = Array.from({ length: 30 }, (_, index) => `name-${index}`);
    await Promise.all(names.map((name) => store.set(name, `value of ${name}`)));
    await store.delete('name-7');
    const values = await Promise.all(names.map((name) => store.get(name)));
    expect(values).toEqual(names.map((name) => (name === 'name-7' ? null : `value of ${name}`)));
  });

  test('a name of Object’s prototype is a name like any other', async () => {
    const store = open(randomBytes(16));
    expect(await store.get('constructor')).toBeNull();
    await store.set('constructor', 'value');
    expect(await store.get('constructor')).toBe('value');
  });

  test('memory keeps secrets with a reason and writes nothing', async () => {
    const store = memorySecretStore('No password manager.');
    await store.set('tokens', 'value');
    expect([await store.get('tokens'), store.kind, store.memoryReason]).toEqual([
      'value',
      'memory',
      'No password manager.',
    ]);
  });
});

describe('what is remembered between runs', () => {
  test('one bad part costs only itself', () => {
    const good = {
      id: 'p',
      relayUrl: 'https://r.example.com',
      relayName: 'R',
      ports: {},
      favourites: [],
      connected: [],
    };
    const state = readPersistedState({
      settings: { theme: 'purple' },
      profiles: [good, { id: 'broken' }, null],
      currentProfileId: 'gone',
      recentRelayUrls: ['not an address'],
    });
    expect(state.settings.theme).toBe('system');
    expect(state.profiles).toEqual([good]);
    expect(state.currentProfileId).toBe('p');
    expect(state.recentRelayUrls).toEqual([]);
  });

  test.each([undefined, null, 'text', 7, []])('%o is a first start', (raw) => {
    expect(readPersistedState(raw)).toMatchObject({ profiles: [], currentProfileId: null });
  });

  test('only exact web origins are remembered as such', () => {
    const raw = [
      'https://a.example.com',
      'https://b.example.com/',
      'file:///x',
      'javascript:1',
      7,
      'https://u@c.example.com',
    ];
    expect(readOrigins(raw)).toEqual(['https://a.example.com']);
    expect(readOrigins({})).toEqual([]);
  });
});
