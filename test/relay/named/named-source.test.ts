import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { makeCertificate, minimalConfig } from '../config/config-folder.ts';
import { readNamed, resolveNamed, Unusable } from '../../../relay/named/named-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-sources-'));
const credentials = join(folder, 'credentials');
mkdirSync(credentials);
writeFileSync(join(folder, 'closed'), 'of a file', { mode: 0o600 });
writeFileSync(join(folder, 'open'), 'for everybody', { mode: 0o644 });
// As systemd lays it down: the folder is the service’s, and nobody else comes in.
writeFileSync(join(credentials, 'relay.key'), 'of the service manager', { mode: 0o444 });
chmodSync(join(credentials, 'relay.key'), 0o444);
const env = { CREDENTIALS_DIRECTORY: credentials, SECRET: 'of the environment', EMPTY: '' };
const options = { folder, env };

afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['a file that isn’t there', 'gone', env, /names .*\/gone, which doesn’t exist/],
  ['a secret that others may read', 'open', env, /others on this system can read/],
  ['the same, as a placeholder', '${file:open}', env, /others on this system can read/],
  ['a folder', 'credentials', env, /others on this system can read|is a folder/],
  ['a variable that isn’t set', '${env:GONE}', env, /environment variable GONE/],
  ['an empty variable', '${env:EMPTY}', env, /environment variable EMPTY/],
  ['a credential that wasn’t given', '${credential:gone}', env, /Add LoadCredential=gone:PATH to its unit/],
  ['a credential without a service manager', '${credential:relay.key}', {}, /with LoadCredential=relay.key:PATH/],
  ['a credential that leads elsewhere', '${credential:../closed}', env, /Names have letters/],
  ['a credential that is the folder', '${credential:..}', env, /Names have letters/],
  ['another kind', '${vault:secret}', env, /isn’t known/],
  ['no kind', '${SECRET}', env, /isn’t known/],
  ['nothing', '${}', env, /isn’t known/],
])('%s is refused', async (_case, name, given: Record<string, string>, words) => {
  const refused = readNamed(name, true, { folder, env: given });
  await expect(refused).rejects.toThrow(words);
  await expect(refused).rejects.toThrow(Unusable);
});

test.each([
  ['closed', 'of a file', join(folder, 'closed')],
  ['${file:closed}', 'of a file', join(folder, 'closed')],
  ['${env:SECRET}', 'of the environment', undefined],
  ['${credential:relay.key}', 'of the service manager', join(credentials, 'relay.key')],
])('%s is %s, and its file is watched', async (name, text, file) => {
  expect(await readNamed(name, true, options)).toEqual({ text, file });
});

test('what is no secret may be read by everybody', async () => {
  expect((await readNamed('open', false, options)).text).toBe('for everybody');
});

test.each([
  ['tls/relay.key', '/etc/causeway/tls/relay.key'],
  ['/run/relay.key', '/run/relay.key'],
  ['${credential:relay.key}', '${credential:relay.key}'],
  ['${env:KEY}', '${env:KEY}'],
])('%s beside /etc/causeway/relay.yaml is %s', (name, resolved) => {
  expect(resolveNamed(name, '/etc/causeway')).toBe(resolved);
});

test('a relay takes its key from the service manager, its certificate from the environment, and a secret from both', async () => {
  const { cert, key } = await makeCertificate();
  writeFileSync(join(credentials, 'tls'), key);
  const path = join(folder, 'relay.yaml');
  const headers = "    headers: { X-Key: '${credential:relay.key}, ${env:SECRET}' }";
  writeFileSync(
    path,
    minimalConfig({ relay: "  tls: { cert: '${env:CERTIFICATE}', key: '${credential:tls}' }", api: headers }),
    { mode: 0o600 },
  );
  const loaded = await loadConfig(path, { env: { ...env, CERTIFICATE: cert } });
  expect(loaded.tls).toEqual({ cert, key });
  expect(loaded.config.apis[0]?.headers).toEqual({ 'X-Key': 'of the service manager, of the environment' });
  expect(loaded.files.toSorted()).toEqual([join(credentials, 'relay.key'), join(credentials, 'tls')]);
  await expect(loadConfig(path, { env })).rejects.toThrow(/:\d+ relay\.tls\.cert: needs the environment variable/);
});
