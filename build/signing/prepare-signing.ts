import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
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
    run('gpg', ['--homedir', home, '--batch', ...words], env, input);
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
  const keychain = join(folder, 'signing.keychain-db');
  const password = randomBytes(24).toString('hex');
  const security = (...words: readonly string[]): string => run('security', words, env);
  security('create-keychain', '-p', password, keychain);
  security('set-keychain-settings', '-lut', '21600', keychain);
  security('unlock-keychain', '-p', password, keychain);
  withOnceUsedPassword(Buffer.from(certificate, 'base64'), env, folder, (file, once) =>
    security('import', file, '-P', once, '-k', keychain, '-T', '/usr/bin/codesign'),
  );
  security('set-key-partition-list', '-S', 'apple-tool:,apple:', '-k', password, keychain);
  security('list-keychains', '-d', 'user', '-s', keychain, 'login.keychain-db');
  const apiKeyFile = join(folder, 'apple-api-key.p8');
  writeFileSync(apiKeyFile, `${apiKey}\n`, { mode: 0o600 });
  return { APPLE_API_KEY: apiKeyFile };
}

/**
 * `security` takes a certificate's password as an argument only, which every program on the computer can read: so the
 * certificate gets another password, and is deleted after `use`.
 */
function withOnceUsedPassword(
  certificate: Buffer,
  env: Environment,
  folder: string,
  use: (file: string, password: string) => void,
): void {
  const names = ['given.p12', 'certificate.pem', 'certificate.p12'];
  const [given = '', pem = '', again = ''] = names.map((name) => join(folder, name));
  const once = randomBytes(24).toString('hex');
  const passwords = { CAUSEWAY_GIVEN: env['CAUSEWAY_MAC_CERTIFICATE_PASSWORD'] ?? '', CAUSEWAY_ONCE: once };
  // The system's own reads what Keychain exports and writes what `security` reads; newer ones refuse it as too old.
  const pkcs12 = (...words: readonly string[]): string =>
    run('/usr/bin/openssl', ['pkcs12', ...words], { ...env, ...passwords });
  const oldEnough = ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];
  try {
    writeFileSync(given, certificate, { mode: 0o600 });
    pkcs12('-in', given, '-passin', 'env:CAUSEWAY_GIVEN', '-out', pem, '-passout', 'env:CAUSEWAY_ONCE');
    const encrypted = ['-passin', 'env:CAUSEWAY_ONCE', '-passout', 'env:CAUSEWAY_ONCE'];
    pkcs12('-export', '-in', pem, ...encrypted, ...oldEnough, '-out', again);
    use(again, once);
  } finally {
    for (const file of [given, pem, again]) rmSync(file, { force: true });
  }
}

function run(program: string, words: readonly string[], env: Environment, input = ''): string {
  const done = spawnSync(program, words, { encoding: 'utf8', input, env: { ...process.env, ...env } });
  // Its words may hold a password: they aren’t repeated.
  if (done.status !== 0) throw new Error(`${program} failed: ${done.error?.message ?? done.stderr.trim()}`);
  return done.stdout;
}
