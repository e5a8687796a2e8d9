import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carriedCli } from '../desktop/mac/carried-cli.ts';
import { isSignedLater, saysUnsigned } from '../signing/finish-files.ts';
import { signatureEnding } from '../signing/sign-linux.ts';

/** Whose signatures a release must bear. */
export interface Signers {
  /** File with the public key that Linux’ files are signed with, armoured. */
  readonly releaseKey?: string | undefined;
  /** Common name in the certificate that Windows’ files are signed with. */
  readonly windowsPublisher?: string | undefined;
  /** PEM file with the authorities that may issue it; those of this system, unless told otherwise. */
  readonly windowsAuthorities?: string | undefined;
  /** Public keys that may sign the feed’s metadata, by commas, as `npm run sign-feed -- --public-key` prints them. */
  readonly feedKeys?: string | undefined;
  /** Whether files that say they are unsigned are faults. */
  readonly demandSigned?: boolean | undefined;
}

/** What was found: faults, and what can’t be looked at on this system. */
export interface SignatureFindings {
  readonly problems: readonly string[];
  readonly notLookedAt: readonly string[];
}

/** Looks at the signature of each file: one whose name doesn’t say that it is unsigned has one, of the right signer. */
export function verifySignatures(folder: string, names: readonly string[], signers: Signers): SignatureFindings {
  const problems: string[] = [];
  const notLookedAt: string[] = [];
  for (const name of names) {
    // Where parts of another file begin: who takes those compares them with that file’s sum.
    if (name.endsWith('.blockmap')) continue;
    if (saysUnsigned(name)) {
      if (signers.demandSigned === true) problems.push(`${name} is unsigned.`);
      continue;
    }
    const path = join(folder, name);
    // On the computer that made it there isn’t the key yet.
    if (isSignedLater(name) && signers.releaseKey === undefined && !existsSync(`${path}${signatureEnding}`)) {
      if (signers.demandSigned === true) problems.push(`${name} is unsigned.`);
      else notLookedAt.push(`${name}: its signature comes with that of the sums.`);
      continue;
    }
    if (/\.(?:exe|msi)$/.test(name)) problems.push(...wrongOnWindows(name, path, signers));
    else if (/\.dmg$|^causeway-\d.*-mac-.*\.zip$/.test(name)) {
      if (process.platform === 'darwin') problems.push(...wrongOnMac(name, path));
      else notLookedAt.push(`${name}: a Mac alone can tell whether Apple’s signature holds.`);
    } else problems.push(...wrongDetached(name, path, signers));
  }
  return { problems, notLookedAt };
}

/** A file’s detached signature, of the release’s key. */
export function wrongDetached(name: string, path: string, { releaseKey }: Signers): readonly string[] {
  const signature = `${path}${signatureEnding}`;
  if (!existsSync(signature)) return [`${name} isn’t signed: there is no ${name}${signatureEnding}.`];
  if (releaseKey === undefined) return [`Say whose signature ${name} must bear: --release-key FILE.`];
  const folder = mkdtempSync(join(tmpdir(), 'causeway-keys-'));
  try {
    const keyring = join(folder, 'key.gpg');
    writeFileSync(keyring, unarmoured(readFileSync(releaseKey, 'utf8')));
    const { status, stdout, error } = spawnSync(
      'gpgv',
      ['--homedir', folder, '--keyring', keyring, '--status-fd', '1', signature, path],
      { encoding: 'utf8' },
    );
    if (error !== undefined) return [`gpgv can’t be run: ${error.message}.`];
    if (status === 0 && /^\[GNUPG:\] VALIDSIG /m.test(stdout)) return [];
    if (/^\[GNUPG:\] BADSIG /m.test(stdout)) return [`${name} isn’t what was signed.`];
    if (/^\[GNUPG:\] NO_PUBKEY /m.test(stdout)) return [`${name} is signed with another key than the release’s.`];
    return [`The signature of ${name} doesn’t hold.`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The bytes inside of an armoured key (RFC 9580, 6.2). */
function unarmoured(text: string): Buffer {
  const [, body] =
    /-----BEGIN PGP PUBLIC KEY BLOCK-----[^]*?\r?\n\r?\n([^]*?)(?:\r?\n=[^\n]*)?\r?\n-----END/.exec(text) ?? [];
  if (body === undefined) throw new Error('The key of the release isn’t an armoured public key of OpenPGP.');
  return Buffer.from(body, 'base64');
}

function wrongOnWindows(name: string, path: string, signers: Signers): readonly string[] {
  const authorities = signers.windowsAuthorities;
  const { status, stdout, stderr, error } = spawnSync(
    'osslsigncode',
    ['verify', '-ignore-crl', ...(authorities === undefined ? [] : ['-CAfile', authorities]), '-in', path],
    { encoding: 'utf8' },
  );
  if (error !== undefined) return [`${name} can’t be looked at: ${error.message}.`];
  const said = stdout + stderr;
  if (/No signature found/.test(said)) return [`${name} isn’t signed.`];
  if (/MISMATCH/.test(said)) return [`${name} isn’t what was signed.`];
  const subject = /Signer #0:\s+Subject: (.*)/.exec(said)?.[1] ?? '';
  if (status !== 0) return [`No authority that counts vouches for the signature of ${name} (${subject}).`];
  const { windowsPublisher: publisher } = signers;
  if (publisher === undefined) return [`Say whose signature ${name} must bear: --windows-publisher NAME.`];
  return commonNames(subject).includes(publisher) ? [] : [`${name} is signed by ${subject}, not by ${publisher}.`];
}

/** Common names of a subject as OpenSSL writes it in one line. */
function commonNames(subject: string): readonly string[] {
  return [...subject.matchAll(/\/CN=(.*?)(?=\/[A-Za-z]+=|$)/g)].map(([, commonName = '']) => commonName);
}

/** A disk image is opened by the system’s own judge; what is in a ZIP is the same app. */
function wrongOnMac(name: string, path: string): readonly string[] {
  if (!name.endsWith('.dmg')) return [];
  const folder = mkdtempSync(join(tmpdir(), 'causeway-image-'));
  const at = ['-mountpoint', folder, '-nobrowse', '-readonly', '-quiet'];
  if (spawnSync('hdiutil', ['attach', ...at, path]).status !== 0) return [`${name} can’t be opened.`];
  try {
    const app = join(folder, 'Causeway.app');
    const checks: readonly (readonly [string, readonly string[], string])[] = [
      ['codesign', ['--verify', '--deep', '--strict', app], 'The signature of the app in NAME doesn’t hold.'],
      ['spctl', ['--assess', '--type', 'execute', app], 'Gatekeeper refuses the app in NAME.'],
      ['xcrun', ['stapler', 'validate', '-q', app], 'Apple’s word isn’t stapled to the app in NAME.'],
      // With a signature whose rights are too few, Node ends before it says anything.
      [join(app, carriedCli, 'bin/causeway'), ['--version'], 'The command line in NAME doesn’t run.'],
    ];
    return checks.flatMap(([program, words, problem]) =>
      spawnSync(program, words).status === 0 ? [] : [problem.replace('NAME', name)],
    );
  } finally {
    spawnSync('hdiutil', ['detach', folder, '-quiet']);
    rmSync(folder, { recursive: true, force: true });
  }
}
