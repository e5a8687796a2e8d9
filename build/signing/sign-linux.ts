import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { LinuxSigning } from './signing-settings.ts';

/** Ending of a detached signature, which stands beside the file that it is of. */
export const signatureEnding = '.asc';

/** Signs a file with a detached signature, beside it unless told otherwise. @throws Error with what gpg said */
export function signDetached(file: string, signing: LinuxSigning, target = `${file}${signatureEnding}`): string {
  gpg(['--armor', '--detach-sign', '--output', target, file], signing);
  return target;
}

/** Signs a text in its own file, as apt wants a repository’s `InRelease`. */
export function signClear(file: string, target: string, signing: LinuxSigning): void {
  gpg(['--clear-sign', '--output', target, file], signing);
}

/**
 * Puts the signature into an RPM, where dnf and zypper look for it. rpmsign gives gpg what is to be signed by standard input, so
 * that the passphrase is in a file. @throws Error with what rpmsign said
 */
export function signRpm(file: string, { key, passphrase, keyring }: LinuxSigning): void {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-sign-'));
  const secret = join(folder, 'secret');
  try {
    writeFileSync(secret, passphrase ?? '', { mode: 0o600 });
    const loopback = passphrase === null ? '' : ` --pinentry-mode loopback --passphrase-file ${secret}`;
    const defines = {
      // Debian’s rpm asks for a program that Debian doesn’t have.
      __gpg: programPath('gpg'),
      _gpg_name: key,
      _gpg_sign_cmd_extra_args: `--batch${loopback}`,
      ...(keyring === null ? {} : { _gpg_path: keyring }),
    };
    const words = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    run('rpmsign', [...words, '--addsign', file], null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function gpg(words: readonly string[], { key, passphrase, keyring }: LinuxSigning): void {
  const home = keyring === null ? [] : ['--homedir', keyring];
  const loopback = passphrase === null ? [] : ['--pinentry-mode', 'loopback', '--passphrase-fd', '0'];
  run('gpg', [...home, '--batch', '--yes', '--quiet', ...loopback, '--local-user', key, ...words], passphrase);
}

function programPath(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}

/** The passphrase goes through a pipe: neither arguments nor environment show it to other programs. */
function run(program: string, words: readonly string[], passphrase: string | null): void {
  const done = spawnSync(program, words, { encoding: 'utf8', input: passphrase === null ? '' : `${passphrase}\n` });
  if (done.status !== 0)
    throw new Error(`${program} can’t sign: ${done.error?.message ?? `${done.stdout}${done.stderr}`.trim()}`);
}
