import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinuxSigning } from '../../../build/signing/signing-settings.ts';

/** A key of OpenPGP in a keyring of its own. */
export interface ReleaseKey {
  readonly signing: LinuxSigning;
  /** File with its public half, armoured. */
  readonly publicKey: string;
  close(): void;
}

/** Makes one, for two days; signing with one that has a passphrase takes seconds, on purpose. */
export function makeReleaseKey(folder: string, passphrase: string | null = null): ReleaseKey {
  mkdirSync(folder, { recursive: true });
  // The agent’s socket has to have a short path.
  const home = mkdtempSync(join(tmpdir(), 'gpg-'));
  const loopback = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', passphrase ?? ''];
  const gpg = (...words: readonly string[]): string =>
    execFileSync('gpg', ['--homedir', home, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  gpg(...loopback, '--quick-generate-key', 'Causeway test <test@causeway.example>', 'ed25519', 'sign', '2d');
  const key = /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--batch', '--with-colons', '--list-keys'))?.[1] ?? '';
  const publicKey = join(folder, 'release-key.asc');
  writeFileSync(publicKey, gpg('--batch', '--armor', '--export', key));
  return {
    signing: { key, passphrase, keyring: home },
    publicKey,
    close() {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
