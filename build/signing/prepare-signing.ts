import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts keys and certificates that a CI has as secrets where the signing programs look for them: gpg's keyring, a keychain of
 * its own, a file for Apple's key; all in a folder that only the builder can read.
 * @returns variables that later steps need, none of them a secret; empty without any secret
 */
export function prepareSigning(env: Environment, folder: string): Readonly<Record<string, string>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { ...prepareGpg(env, folder), ...prepareMac(env, folder) };
}

function prepareGpg(env: Environment, folder: string): Record<string, string> {
  const key = env['CAUSEWAY_GPG_PRIVATE_KEY']?.trim() ?? '';
  if (key === '') return {};
  const home = join(folder, 'gpg');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const gpg = (words: readonly string[], input = ''): string =>
    run('gpg', ['--homedir', home, '--batch', ...words], input);
  gpg(['--quiet', '--import'], `${key}\n`);
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg(['--with-colons', '--list-secret-keys']))?.[1];
  if (fingerprint === undefined) throw new Error('CAUSEWAY_GPG_PRIVATE_KEY holds no private key.');
  const publicKey = join(folder, 'release-key.asc');
  writeFileSync(publicKey, gpg(['--armor', '--export', fingerprint]));
  return { CAUSEWAY_GPG_HOME: home, CAUSEWAY_GPG_KEY: fingerprint, CAUSEWAY_RELEASE_KEY: publicKey };
}

function prepareMac(env: Environment, folder: string): Record<string, string> {
  const certificate = env['CAUSEWAY_MAC_CERTIFICATE']?.trim() ?? '';
  const apiKey = env['CAUSEWAY_APPLE_API_KEY_TEXT']?.trim() ?? '';
  if (certificate === '' && apiKey === '') return {};
  if (certificate === '' || apiKey === '')
    throw new Error(
      'CAUSEWAY_MAC_CERTIFICATE and CAUSEWAY_APPLE_API_KEY_TEXT belong together: one of them is missing.',
    );
  const [keychain, file] = [join(folder, 'signing.keychain-db'), join(folder, 'certificate.p12')];
  writeFileSync(file, Buffer.from(certificate, 'base64'), { mode: 0o600 });
  const password = randomBytes(24).toString('hex');
  const security = (...words: readonly string[]): string => run('security', words);
  security('create-keychain', '-p', password, keychain);
  security('set-keychain-settings', '-lut', '21600', keychain);
  security('unlock-keychain', '-p', password, keychain);
  security(
    'import',
    file,
    '-P',
    env['CAUSEWAY_MAC_CERTIFICATE_PASSWORD'] ?? '',
    '-k',
    keychain,
    '-T',
    '/usr/bin/codesign',
  );
  security('set-key-partition-list', '-S', 'apple-tool:,apple:', '-k', password, keychain);
  security('list-keychains', '-d', 'user', '-s', keychain, 'login.keychain-db');
  const apiKeyFile = join(folder, 'apple-api-key.p8');
  writeFileSync(apiKeyFile, `${apiKey}\n`, { mode: 0o600 });
  return { APPLE_API_KEY: apiKeyFile };
}

function run(program: string, words: readonly string[], input = ''): string {
  const done = spawnSync(program, words, { encoding: 'utf8', input });
  // Its words may hold a password: they aren’t repeated.
  if (done.status !== 0) throw new Error(`${program} failed: ${done.error?.message ?? done.stderr.trim()}`);
  return done.stdout;
}
