import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { makeProgram } from '../../../build/desktop/windows/small-program.ts';
import {
  handedFolder,
  openHandOver,
  packFolder,
  sealHandOver,
  unpackFolder,
} from '../../../build/release/hand-over.ts';
import { signHanded } from '../../../build/release/sign-handed.ts';
import { verifySignatures } from '../../../build/release/verify-signatures.ts';
import { signingSettings } from '../../../build/signing/signing-settings.ts';
import { findProgram } from '../../support/install-programs.ts';
import { makeCodeCertificate } from '../../support/signing/code-certificate.ts';
import { makeReleaseKey } from '../../support/signing/release-key.ts';

const root = mkdtempSync(join(tmpdir(), 'causeway-handed-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let from: string;
let out: string;
beforeEach(() => {
  const place = mkdtempSync(join(root, 'one-'));
  from = join(place, handedFolder);
  out = join(place, 'out');
  mkdirSync(from);
});
const unsigned = signingSettings({});

describe('what is handed over', () => {
  it('comes as it was, with modes and links', async () => {
    const app = join(root, 'Some App.app');
    mkdirSync(join(app, 'Versions/A'), { recursive: true });
    writeFileSync(join(app, 'Versions/A/run'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('A', join(app, 'Versions/Current'));
    await packFolder(app, join(from, 'app.tar'));
    const folder = await unpackFolder(join(from, 'app.tar'), join(out, 'app'));
    expect(folder).toBe(join(out, 'app/Some App.app'));
    expect(readlinkSync(join(folder, 'Versions/Current'))).toBe('A');
    expect(lstatSync(join(folder, 'Versions/Current/run')).mode & 0o111).toBe(0o111);
  });

  it.each<[what: string, change: () => void, refusal: RegExp]>([
    ['a changed byte', () => appendFileSync(join(from, 'a.deb'), '!'), /a\.deb isn’t what was handed over/],
    ['a file more', () => writeFileSync(join(from, 'c.deb'), ''), /c\.deb wasn’t handed over/],
    ['a file less', () => rmSync(join(from, 'b.tar')), /b\.tar was handed over, and is missing/],
    [
      'a changed byte that its own list knows',
      () => {
        appendFileSync(join(from, 'a.deb'), '!');
        spawnSync('sh', ['-c', 'sha256sum a.deb b.tar > SHA256SUMS'], { cwd: from });
      },
      /isn’t the one that was sealed/,
    ],
  ])('is refused with %s', async (_what, change, refusal) => {
    for (const name of ['a.deb', 'b.tar']) writeFileSync(join(from, name), name);
    const seal = await sealHandOver(from);
    expect(await openHandOver(from, seal)).toEqual([join(from, 'a.deb'), join(from, 'b.tar')]);
    change();
    await expect(openHandOver(from, seal)).rejects.toThrow(refusal);
    await expect(signHanded({ from, seal, out, signing: unsigned })).rejects.toThrow(refusal);
    expect(existsSync(out)).toBe(false);
  });

  it('is nothing, or one archive that isn’t one folder: refused', async () => {
    await expect(sealHandOver(from)).rejects.toThrow(/nothing in/);
    mkdirSync(join(root, 'two/one'), { recursive: true });
    mkdirSync(join(root, 'two/other'), { recursive: true });
    spawnSync('tar', ['-cf', join(from, 'app.tar'), '-C', join(root, 'two'), 'one', 'other']);
    await expect(unpackFolder(join(from, 'app.tar'), join(out, 'two'))).rejects.toThrow(/isn’t one folder/);
  });

  it.each(['linux', 'darwin', 'win32'] as const)(
    'says that it is signed: without a certificate it stays unmade (%s)',
    async (platform) => {
      writeFileSync(join(from, 'a.deb'), 'a');
      const seal = await sealHandOver(from);
      await expect(signHanded({ from, seal, out, platform, signing: unsigned })).rejects.toThrow(
        /no certificate for that/,
      );
    },
  );
});

describe('what is signed where keys are', () => {
  it.runIf(findProgram('gpg') !== null)('files for Linux: each beside its signature, by the command', async () => {
    const key = makeReleaseKey(join(root, 'key'));
    try {
      const name = 'causeway-cli_1.0.0_amd64.deb';
      writeFileSync(join(from, name), 'a package');
      const script = fileURLToPath(new URL('../../../build/release/commands.ts', import.meta.url));
      const release = (words: readonly string[], env: Record<string, string>) =>
        spawnSync(process.execPath, [script, ...words], {
          encoding: 'utf8',
          env: { ...keptCode, PATH: process.env['PATH'], ...env },
        });
      const outputs = join(root, 'outputs');
      const sealed = release(['hand-over', from], { GITHUB_OUTPUT: outputs, CAUSEWAY_HANDED_NAME: 'linux-x64' });
      expect([sealed.status, readFileSync(outputs, 'utf8')]).toEqual([0, `linux-x64=${sealed.stdout}`]);
      const variables = {
        CAUSEWAY_HANDED_SEAL: sealed.stdout.trim(),
        CAUSEWAY_GPG_KEY: key.signing.key,
        CAUSEWAY_GPG_HOME: key.signing.keyring ?? '',
        ...(key.signing.passphrase === null ? {} : { CAUSEWAY_GPG_PASSPHRASE: key.signing.passphrase }),
      };
      const wrong = release(['sign', from, out], { ...variables, CAUSEWAY_HANDED_SEAL: '0'.repeat(64) });
      expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/isn’t the one that was sealed/)]);
      const signed = release(['sign', from, out], variables);
      expect([signed.status, signed.stderr]).toEqual([0, '']);
      expect(readdirSync(out).toSorted()).toEqual(['SHA256SUMS', 'SHA256SUMS.asc', name, `${name}.asc`]);
      expect(verifySignatures(out, [name], { releaseKey: key.publicKey, demandSigned: true }).problems).toEqual([]);
    } finally {
      key.close();
    }
  });

  it.runIf(findProgram('makensis') !== null && findProgram('osslsigncode') !== null)(
    'programs for Windows, before installers and the command line’s ZIP are made of them',
    async () => {
      const certificate = makeCodeCertificate(join(root, 'certificate'), 'Acme');
      const signing = signingSettings({
        CAUSEWAY_WINDOWS_PFX: certificate.pfx,
        CAUSEWAY_WINDOWS_PFX_PASSWORD: certificate.password,
        CAUSEWAY_WINDOWS_PUBLISHER: 'Acme',
        CAUSEWAY_TIMESTAMP_URL: 'none',
      });
      const signers = { windowsPublisher: 'Acme', windowsAuthorities: certificate.authority };
      const app = join(root, 'Causeway-win32-x64');
      const cli = join(root, 'causeway-cli-1.0.0-win-x64');
      for (const folder of [join(app, 'resources'), join(cli, 'lib')]) mkdirSync(folder, { recursive: true });
      for (const program of [join(app, 'Causeway.exe'), join(app, 'resources/node.exe'), join(cli, 'lib/node.exe')])
        makeProgram(program);
      await packFolder(app, join(from, 'app.tar'));
      await packFolder(cli, join(from, 'cli.tar'));
      const seen: (readonly string[])[] = [];
      const wrap = async ({ prepackaged, out: to }: { readonly prepackaged: string; readonly out: string }) => {
        seen.push(verifySignatures(prepackaged, ['Causeway.exe'], signers).problems);
        seen.push(verifySignatures(join(prepackaged, 'resources'), ['node.exe'], signers).problems);
        writeFileSync(join(to, 'causeway-1.0.0-win-x64.exe'), 'an installer');
        return [join(to, 'causeway-1.0.0-win-x64.exe')];
      };
      const made = await signHanded({ from, seal: await sealHandOver(from), out, platform: 'win32', signing, wrap });
      expect(seen).toEqual([[], []]);
      const zip = join(out, 'causeway-cli-1.0.0-win-x64.zip');
      expect(made).toEqual([join(out, 'causeway-1.0.0-win-x64.exe'), zip]);
      spawnSync('unzip', ['-q', '-j', zip, '*/node.exe', '-d', join(out, 'zip')]);
      expect(verifySignatures(join(out, 'zip'), ['node.exe'], signers).problems).toEqual([]);
      expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8').split('\n')).toHaveLength(3);
    },
  );

  it('the app for macOS, whole, before disk image and ZIP are made of it; a failure leaves none', async () => {
    const app = join(root, 'mac/Causeway-darwin-universal');
    mkdirSync(join(app, 'Causeway.app/Contents'), { recursive: true });
    await packFolder(app, join(from, 'app.tar'));
    const seal = await sealHandOver(from);
    const signing = signingSettings({
      CAUSEWAY_MAC_IDENTITY: 'Developer ID Application: Acme',
      APPLE_API_KEY: 'key.p8',
      APPLE_API_KEY_ID: 'T9GPZ92M7K',
      APPLE_API_ISSUER: 'c055ca8c',
    });
    const done: string[] = [];
    const macSigners = {
      sign: async ({ app: signed }: Record<string, unknown>) => void done.push(`sign ${existsSync(String(signed))}`),
      notarize: async () => void done.push('notarize'),
    };
    const wrap = async ({ prepackaged }: { readonly prepackaged: string }) => {
      done.push(`wrap ${prepackaged.endsWith('/Causeway-darwin-universal/Causeway.app')}`);
      return [];
    };
    const options = { from, seal, out, platform: 'darwin', signing, wrap } as const;
    await signHanded({ ...options, macSigners });
    expect(done).toEqual(['sign true', 'notarize', 'wrap true']);
    const failing = { ...macSigners, sign: () => Promise.reject(new Error('The identity isn’t there.')) };
    await expect(signHanded({ ...options, macSigners: failing })).rejects.toThrow('The identity isn’t there.');
    expect(done).toHaveLength(3);
  });
});
