import { spawnSync } from 'node:child_process';
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

/** Puts the signature into an RPM, where dnf and zypper look for it. @throws Error with what rpmsign said */
export function signRpm(file: string, { key, passphrase, keyring }: LinuxSigning): void {
  const loopback = passphrase === null ? '' : ' --pinentry-mode loopback --passphrase-fd 0';
  const defines = {
    _gpg_name: key,
    _gpg_sign_cmd_extra_args: `--batch${loopback}`,
    ...(keyring === null ? {} : { _gpg_path: keyring }),
  };
  const words = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  run('rpmsign', [...words, '--addsign', file], passphrase);
}

function gpg(words: readonly string[], { key, passphrase, keyring }: LinuxSigning): void {
  const home = keyring === null ? [] : ['--homedir', keyring];
  const loopback = passphrase === null ? [] : ['--pinentry-mode', 'loopback', '--passphrase-fd', '0'];
  run('gpg', [...home, '--batch', '--yes', '--quiet', ...loopback, '--local-user', key, ...words], passphrase);
}

/** The passphrase goes through a pipe: neither arguments nor environment show it to other programs. */
function run(program: string, words: readonly string[], passphrase: string | null): void {
  const done = spawnSync(program, words, { encoding: 'utf8', input: passphrase === null ? '' : `${passphrase}\n` });
  if (done.status !== 0)
    throw new Error(`${program} can’t sign: ${done.error?.message ?? `${done.stdout}${done.stderr}`.trim()}`);
}
