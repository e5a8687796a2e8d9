import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WindowsSigning } from './signing-settings.ts';

/** What Windows runs or loads, and so looks at the signature of. */
const signedKinds = /\.(?:exe|dll|node|msi)$/i;

/** Signs every program and library of an app’s directory. */
export function signDirectory(directory: string, signing: WindowsSigning): readonly string[] {
  const files = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && signedKinds.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) signWindowsFile(file, signing);
  return files;
}

/** Signs a program, library or installer in place. @throws Error with what the signing program said */
export function signWindowsFile(file: string, signing: WindowsSigning): void {
  if (signing.kind === 'azure') signByService(file, signing);
  else signByKey(file, signing);
}

/** The service has the key; its module takes who we are from `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and their like. */
function signByService(file: string, signing: Extract<WindowsSigning, { kind: 'azure' }>): void {
  const values = {
    SIGN_ENDPOINT: signing.endpoint,
    SIGN_ACCOUNT: signing.account,
    SIGN_PROFILE: signing.profile,
    SIGN_TIMESTAMP: signing.timestampUrl ?? '',
    SIGN_FILE: file,
  };
  run('pwsh', ['-NoProfile', '-NonInteractive', '-Command', azureCommand], values);
}

/** Values come by the environment: no name of a file is read as a command. */
export const azureCommand = [
  "$ErrorActionPreference = 'Stop';",
  'Invoke-TrustedSigning -Endpoint $env:SIGN_ENDPOINT -CodeSigningAccountName $env:SIGN_ACCOUNT',
  '-CertificateProfileName $env:SIGN_PROFILE -FileDigest SHA256 -TimestampDigest SHA256',
  '-TimestampRfc3161 $env:SIGN_TIMESTAMP -Files $env:SIGN_FILE',
].join(' ');

function signByKey(file: string, signing: Exclude<WindowsSigning, { kind: 'azure' }>): void {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-sign-'));
  const secret = join(folder, 'secret');
  const signed = `${file}.signed`;
  try {
    writeFileSync(secret, signing.kind === 'pfx' ? signing.password : signing.pin, { mode: 0o600 });
    run('osslsigncode', osslsigncodeWords(file, signed, secret, signing));
    renameSync(signed, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(signed, { force: true });
  }
}

/** Arguments of `osslsigncode`; other programs see them, so that the secret is in a file. */
export function osslsigncodeWords(
  file: string,
  signed: string,
  secretFile: string,
  signing: Exclude<WindowsSigning, { kind: 'azure' }>,
): readonly string[] {
  const key =
    signing.kind === 'pfx'
      ? ['-pkcs12', signing.file]
      : ['-pkcs11module', signing.module, '-certs', signing.certificate, '-key', signing.key];
  const timestamp = signing.timestampUrl === null ? [] : ['-ts', signing.timestampUrl];
  const about = ['-h', 'sha256', '-n', 'Causeway'];
  return ['sign', ...key, '-readpass', secretFile, ...about, ...timestamp, '-in', file, '-out', signed];
}

function run(program: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const done = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (done.status !== 0)
    throw new Error(`${program} can’t sign: ${done.error?.message ?? `${done.stdout}${done.stderr}`.trim()}`);
}
