import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canMakeRpm, makeRpmPackage } from '../../../build/packages/rpm-package.ts';
import { verifyRelease } from '../../../build/release/verify-release.ts';
import { type Signers, verifySignatures } from '../../../build/release/verify-signatures.ts';
import { finishLinuxFiles, finishRelease } from '../../../build/signing/finish-files.ts';
import { signDirectory, signWindowsFile } from '../../../build/signing/sign-windows.ts';
import { signingSettings } from '../../../build/signing/signing-settings.ts';
import { findProgram } from '../../support/install-programs.ts';
import { makeCodeCertificate } from '../../support/signing/code-certificate.ts';
import { makeReleaseKey, type ReleaseKey } from '../../support/signing/release-key.ts';
import { canMakeToken, makeToken } from '../../support/signing/token.ts';

const version = '1.2.3';
const publisher = 'Acme, Inc.';
const folder = mkdtempSync(join(tmpdir(), 'causeway-signatures-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Changes a byte in the midst of a file. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const place = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  writeFileSync(path, bytes);
}

/** A release of these files, with its sums. */
async function releaseOf(name: string, files: Readonly<Record<string, string>>, key: ReleaseKey | null = null) {
  const dir = at(name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const paths = Object.entries(files).map(([file, source]) => {
    copyFileSync(source, join(dir, file));
    return join(dir, file);
  });
  await finishRelease(dir, paths, key?.signing ?? null);
  return dir;
}

const isThere = findProgram('osslsigncode') !== null && findProgram('makensis') !== null;
describe.runIf(isThere)('a program for Windows that makensis has made', () => {
  const good = makeCodeCertificate(at('good'), publisher);
  const other = makeCodeCertificate(at('other'), 'Somebody Else');
  const pfxOf = ({ pfx, password }: typeof good) =>
    signingSettings({
      CAUSEWAY_WINDOWS_PFX: pfx,
      CAUSEWAY_WINDOWS_PFX_PASSWORD: password,
      CAUSEWAY_WINDOWS_PUBLISHER: publisher,
      CAUSEWAY_TIMESTAMP_URL: 'none',
    }).windows;
  const sign = (path: string, certificate: typeof good): void => {
    const windows = pfxOf(certificate);
    if (windows === null) throw new Error('expected a certificate');
    signWindowsFile(path, windows);
  };
  const signers: Signers = { windowsPublisher: publisher, windowsAuthorities: good.authority };

  beforeAll(() => {
    writeFileSync(at('setup.nsi'), 'OutFile "setup.exe"\nUnicode true\nName "Causeway"\nSection\nSectionEnd\n');
    execFileSync('makensis', ['-V1', at('setup.nsi')]);
  });

  const name = `causeway-${version}-win-x64.exe`;
  it.each<[what: string, make: (path: string) => void, by: Signers, found: RegExp | null]>([
    ['signed by the publisher', (path) => sign(path, good), signers, null],
    ['that isn’t signed', () => undefined, signers, /^\S+ isn’t signed\.$/],
    [
      'that was changed after its signature',
      (path) => {
        sign(path, good);
        flip(path);
      },
      signers,
      /isn’t what was signed/,
    ],
    ['of an authority that nobody trusts', (path) => sign(path, other), signers, /No authority .*Somebody Else/],
    [
      'signed by somebody else',
      (path) => sign(path, other),
      { ...signers, windowsAuthorities: other.authority },
      /signed by .*Somebody Else, not by Acme, Inc\./,
    ],
    [
      'whose signer nobody has said',
      (path) => sign(path, good),
      { windowsAuthorities: good.authority },
      /Say whose signature/,
    ],
  ])('%s is told apart', async (_what, make, by, found) => {
    const dir = await releaseOf('windows', { [name]: at('setup.exe') });
    make(join(dir, name));
    const { problems } = verifySignatures(dir, [name], by);
    if (found === null) expect(problems).toEqual([]);
    else expect(problems).toEqual([expect.stringMatching(found)]);
  });

  it('isn’t signed with the wrong password, and stays as it was', () => {
    const windows = pfxOf({ ...good, password: 'wrong' });
    copyFileSync(at('setup.exe'), at('same.exe'));
    if (windows === null) throw new Error('expected a certificate');
    expect(() => signWindowsFile(at('same.exe'), windows)).toThrow(/osslsigncode can’t sign/);
    expect(readFileSync(at('same.exe'))).toEqual(readFileSync(at('setup.exe')));
  });

  it.runIf(canMakeToken())('is signed by a key that never leaves its token, with the right PIN alone', async () => {
    const token = makeToken(at('token'), good.key);
    vi.stubEnv('SOFTHSM2_CONF', token.config);
    const by = (change: Record<string, string> = {}) => {
      const { windows } = signingSettings({
        CAUSEWAY_WINDOWS_PKCS11_MODULE: token.module,
        CAUSEWAY_WINDOWS_PKCS11_KEY: token.key,
        CAUSEWAY_WINDOWS_PKCS11_CERTIFICATE: good.certificate,
        CAUSEWAY_WINDOWS_PKCS11_PIN: token.pin,
        CAUSEWAY_WINDOWS_PUBLISHER: publisher,
        CAUSEWAY_TIMESTAMP_URL: 'none',
        ...change,
      });
      if (windows === null) throw new Error('expected a token');
      return windows;
    };
    const dir = await releaseOf('by-token', { [name]: at('setup.exe') });
    signWindowsFile(join(dir, name), by());
    expect(verifySignatures(dir, [name], signers).problems).toEqual([]);
    for (const change of [
      { CAUSEWAY_WINDOWS_PKCS11_PIN: '141421' },
      { CAUSEWAY_WINDOWS_PKCS11_KEY: 'pkcs11:token=causeway;object=other;type=private' },
      { CAUSEWAY_WINDOWS_PKCS11_MODULE: '/usr/lib/no-such-module.so' },
    ]) {
      copyFileSync(at('setup.exe'), at('by-token.exe'));
      const refused = (): void => signWindowsFile(at('by-token.exe'), by(change));
      expect(refused).toThrow(/osslsigncode can’t sign/);
      expect(refused).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/271828|141421/) }));
      expect(readFileSync(at('by-token.exe'))).toEqual(readFileSync(at('setup.exe')));
    }
    vi.unstubAllEnvs();
  });

  it('is signed with all programs and libraries of its directory', () => {
    const windows = pfxOf(good);
    if (windows === null) throw new Error('expected a certificate');
    const dir = at('app');
    mkdirSync(join(dir, 'resources'), { recursive: true });
    for (const file of ['Causeway.exe', 'ffmpeg.dll', 'resources/add-on.node'])
      copyFileSync(at('setup.exe'), join(dir, file));
    writeFileSync(join(dir, 'resources/app.asar'), 'no program');
    expect(signDirectory(dir, windows)).toHaveLength(3);
    expect(readFileSync(join(dir, 'resources/app.asar'), 'utf8')).toBe('no program');
    expect(readdirSync(dir)).toHaveLength(3);
  });
});

const hasGpg = findProgram('gpg') !== null && findProgram('gpgv') !== null;
describe.runIf(hasGpg)('files for Linux', () => {
  let key: ReleaseKey;
  let stranger: ReleaseKey;
  let good: string;
  const zip = `causeway-cli-${version}-linux-x64.zip`;
  beforeAll(async () => {
    [key, stranger] = [makeReleaseKey(at('key'), 'of the test'), makeReleaseKey(at('stranger'))];
    writeFileSync(at('cli.zip'), 'what is inside doesn’t matter here');
    good = await signed(key);
  });
  afterAll(() => {
    key.close();
    stranger.close();
  });
  const signed = async (by: ReleaseKey): Promise<string> => {
    const dir = await releaseOf(by === key ? 'linux' : 'strange', { [zip]: at('cli.zip') });
    await finishLinuxFiles([join(dir, zip)], by.signing);
    await finishRelease(dir, [join(dir, zip)], by.signing);
    return dir;
  };

  it.each<[what: string, change: (dir: string) => void, found: readonly RegExp[]]>([
    ['as they were signed', () => undefined, []],
    ['without a signature', (dir) => rmSync(join(dir, `${zip}.asc`)), [/isn’t signed: there is no causeway-cli/]],
    ['with sums that nobody signed', (dir) => rmSync(join(dir, 'SHA256SUMS.asc')), [/SHA256SUMS isn’t signed/]],
    ['changed', (dir) => flip(join(dir, zip)), [/isn’t what SHA256SUMS says/, /isn’t what was signed/]],
    [
      'changed, with their sums',
      (dir) => {
        flip(join(dir, zip));
        const sum = createHash('sha256')
          .update(readFileSync(join(dir, zip)))
          .digest('hex');
        writeFileSync(join(dir, 'SHA256SUMS'), `${sum}  ${zip}\n`);
      },
      [/SHA256SUMS isn’t what was signed/, /zip isn’t what was signed/],
    ],
  ])('are looked at %s', async (_what, change, found) => {
    const dir = at('changed');
    rmSync(dir, { recursive: true, force: true });
    cpSync(good, dir, { recursive: true });
    change(dir);
    const { problems } = await verifyRelease(dir, version, { releaseKey: key.publicKey });
    expect(problems).toEqual(found.map((each) => expect.stringMatching(each)));
  });

  it('are refused when a stranger has signed them, or nobody has said who must', async () => {
    const dir = await signed(stranger);
    expect((await verifyRelease(dir, version, { releaseKey: key.publicKey })).problems).toEqual([
      'SHA256SUMS is signed with another key than the release’s.',
      `${zip} is signed with another key than the release’s.`,
    ]);
    expect((await verifyRelease(dir, version)).problems).toEqual([
      'Say whose signature SHA256SUMS must bear: --release-key FILE.',
      `Say whose signature ${zip} must bear: --release-key FILE.`,
    ]);
  });

  it('say in their names that they are unsigned, which a release may not be', async () => {
    const dir = await releaseOf('unsigned', { [zip]: at('cli.zip') });
    const [path = ''] = await finishLinuxFiles([join(dir, zip)], null);
    expect(path).toBe(join(dir, `causeway-cli-${version}-linux-x64-unsigned.zip`));
    await finishRelease(dir, [path], null);
    expect((await verifyRelease(dir, version)).problems).toEqual([]);
    expect((await verifyRelease(dir, version, { demandSigned: true })).problems).toEqual([
      'SHA256SUMS isn’t signed: there is no SHA256SUMS.asc.',
      `causeway-cli-${version}-linux-x64-unsigned.zip is unsigned.`,
    ]);
  });

  it.runIf(canMakeRpm() && findProgram('rpmsign') !== null)('bear the signature inside, too, as RPMs', async () => {
    const dir = mkdtempSync(at('rpm-'));
    const about = { name: 'causeway-test', version, summary: 'A test', description: ['-'], requires: ['glibc'] };
    const rpm = await makeRpmPackage({ ...about, files: [] }, async () => undefined, dir);
    if (rpm === null) throw new Error('expected an RPM');
    const [path = ''] = await finishLinuxFiles([rpm], key.signing);
    const check = (publicKey: string): string => {
      const keys = mkdtempSync(at('rpm-keys-'));
      execFileSync('rpmkeys', ['--dbpath', keys, '--import', publicKey]);
      return spawnSync('rpmkeys', ['--dbpath', keys, '--checksig', '--verbose', path], { encoding: 'utf8' }).stdout;
    };
    expect(check(key.publicKey)).toMatch(/Signature.*: OK/);
    expect(check(stranger.publicKey)).toMatch(/Signature.*: NOKEY/);
    expect(verifySignatures(dir, [basename(path)], { releaseKey: key.publicKey }).problems).toEqual([]);
  });

  it.runIf(process.platform !== 'darwin')('for a Mac are named where only a Mac can look', async () => {
    const dir = await releaseOf('mac', { [`causeway-${version}-mac-universal.dmg`]: at('cli.zip') });
    const { problems, notLookedAt } = await verifyRelease(dir, version);
    expect([problems, notLookedAt]).toEqual([
      [expect.stringMatching(/dmg: It can’t be unpacked: it is damaged, or of another kind/)],
      [expect.stringMatching(/dmg: a Mac alone can tell/)],
    ]);
  });
});
