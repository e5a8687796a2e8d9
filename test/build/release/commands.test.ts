import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { wrongTag } from '../../../build/release/check-tag.ts';
import { verifyRelease } from '../../../build/release/verify-release.ts';
import { prepareSigning } from '../../../build/signing/prepare-signing.ts';
import { version } from '../../../shared/version.ts';
import { makeReleaseKey } from '../../support/signing/release-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = fileURLToPath(new URL('../../../build/release/commands.ts', import.meta.url));
const release = (words: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [script, ...words], {
    encoding: 'utf8',
    env: { ...keptCode, PATH: process.env['PATH'], ...env },
  });

describe('the commands of a release', () => {
  it.each<[words: readonly string[], env: Record<string, string>, code: number, said: RegExp]>([
    [[], {}, 2, /npm run release -- sums DIR/],
    [['sums'], {}, 2, /npm run release/],
    [['sign', 'a'], {}, 2, /npm run release -- sign DIR OUT/],
    [['store-manifests', 'a', 'b'], {}, 2, /--publisher NAME/],
    [['check-tag'], {}, 1, /The tag is not there/],
    [['check-tag'], { GITHUB_REF_NAME: 'v0.0.1' }, 1, /The tag is v0\.0\.1/],
    [['check-tag'], { GITHUB_REF_NAME: `v${version}` }, 0, /^$/],
    [['prepare-signing'], { RUNNER_TEMP: folder }, 0, /No key or certificate was given/],
    [['apt-repository', 'a', 'b'], {}, 1, /CAUSEWAY_GPG_KEY names the key/],
  ])('%j with %j ends with %d', (words, env, code, said) => {
    const { status, stdout, stderr } = release(words, env);
    expect([status, stdout + stderr]).toEqual([code, expect.stringMatching(said)]);
  });

  it('a tag is the version’s, to the letter', () => {
    for (const tag of [undefined, '', version, `V${version}`, `v${version}-rc.1`, `v${version}\n`])
      expect(wrongTag(tag, version)).not.toBeNull();
    expect(wrongTag(`v${version}`, version)).toBeNull();
  });
});

describe.runIf(existsSync('/usr/bin/openssl'))('a certificate for macOS that a CI has as a secret', () => {
  const openssl = (words: readonly string[]): string =>
    execFileSync('/usr/bin/openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const programs = mkdtempSync(join(folder, 'programs-'));
  const said = join(programs, 'said');
  const imported = join(programs, 'imported.p12');
  let env: Record<string, string>;
  beforeAll(() => {
    // In the place of macOS' program: it notes its arguments, and keeps what it is to import.
    const security = `#!/bin/sh\necho "$*" >> '${said}'\nif [ "$1" = import ]; then cp "$2" '${imported}'; fi\n`;
    writeFileSync(join(programs, 'security'), security, { mode: 0o755 });
    const names = ['key.pem', 'certificate.pem', 'own.p12'];
    const [keyFile = '', certificateFile = '', given = ''] = names.map((name) => join(programs, name));
    const made = ['-out', certificateFile, '-subj', '/CN=Acme', '-days', '2'];
    openssl(['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, ...made]);
    const from = ['-inkey', keyFile, '-in', certificateFile];
    openssl(['pkcs12', '-export', ...from, '-passout', 'pass:its own word', '-out', given]);
    env = {
      PATH: `${programs}:${process.env['PATH']}`,
      CAUSEWAY_MAC_CERTIFICATE: readFileSync(given).toString('base64'),
      CAUSEWAY_MAC_CERTIFICATE_PASSWORD: 'its own word',
      CAUSEWAY_APPLE_API_KEY_TEXT: 'key',
    };
  });
  const left = (place: string): readonly string[] => readdirSync(place).toSorted();

  it('is imported with a password of no worth, the only one that an argument ever is', () => {
    const place = join(folder, 'mac');
    expect(prepareSigning(env, place)).toEqual({ APPLE_API_KEY: join(place, 'apple-api-key.p8') });
    const words = readFileSync(said, 'utf8');
    expect(words).not.toContain('own word');
    const once = /^import .*certificate\.p12 -P ([0-9a-f]{48}) -k /m.exec(words)?.[1] ?? 'none';
    const inside = openssl(['pkcs12', '-in', imported, '-nodes', '-passin', `pass:${once}`]);
    expect(inside).toMatch(/BEGIN CERTIFICATE[^]*BEGIN PRIVATE KEY/);
    expect(left(place)).toEqual(['apple-api-key.p8']);
  });

  it('with another password ends the build, and nothing of it is left', () => {
    const place = join(folder, 'mac-wrong');
    expect(() => prepareSigning({ ...env, CAUSEWAY_MAC_CERTIFICATE_PASSWORD: 'x' }, place)).toThrow(/openssl failed/);
    expect(left(place)).toEqual([]);
  });
});

describe.runIf(existsSync('/usr/bin/gpg'))('a key that a CI has as a secret', () => {
  it('signs a release, and is nowhere but in a folder of the builder’s', async () => {
    const key = makeReleaseKey(join(folder, 'key'));
    const secret = execFileSync(
      'gpg',
      ['--homedir', key.signing.keyring ?? '', '--batch', '--armor', '--export-secret-keys', key.signing.key],
      { encoding: 'utf8' },
    );
    key.close();
    const place = join(folder, 'signing');
    const variables = prepareSigning({ CAUSEWAY_GPG_PRIVATE_KEY: secret }, place);
    expect(Object.keys(variables)).toEqual(['CAUSEWAY_GPG_HOME', 'CAUSEWAY_GPG_KEY', 'CAUSEWAY_RELEASE_KEY']);
    expect(statSync(place).mode & 0o77).toBe(0);
    const dir = mkdtempSync(join(folder, 'made-'));
    writeFileSync(join(dir, `causeway-${version}-win-x64-unsigned.exe`), 'of Windows, whose certificate isn’t there');
    // Of a Mac, which hasn’t this key.
    const later = `causeway-cli-${version}-mac-arm64.zip`;
    writeFileSync(join(dir, later), 'the command line');
    // Of the feed, which is signed by a key of its own.
    writeFileSync(join(dir, 'latest.yml'), 'version: 1');
    expect(release(['sums', dir], variables)).toMatchObject({ status: 0 });
    rmSync(join(dir, 'latest.yml'));
    expect(existsSync(join(dir, `${later}.asc`))).toBe(true);
    expect(readFileSync(join(dir, 'SHA256SUMS'), 'utf8')).toMatch(
      /^\w+  causeway-\S+-unsigned\.exe\n\w+  causeway-cli-\S+-arm64\.zip\n$/,
    );
    const { problems } = await verifyRelease(dir, version, { releaseKey: variables['CAUSEWAY_RELEASE_KEY'] });
    // There is no app in this installer, which is found out, too.
    expect(problems.filter((problem) => !problem.endsWith('No app was found inside.'))).toEqual([]);
    execFileSync('gpgconf', ['--homedir', join(place, 'gpg'), '--kill', 'gpg-agent']);
  });

  it.each([
    ['that is none', { CAUSEWAY_GPG_PRIVATE_KEY: 'not a key' }, /gpg failed/],
    ['of Apple’s without a certificate', { CAUSEWAY_APPLE_API_KEY_TEXT: 'key' }, /belong together/],
    ['as a certificate for macOS without Apple’s', { CAUSEWAY_MAC_CERTIFICATE: 'AA==' }, /belong together/],
  ])('%s ends the build', (_what, env, refusal) => {
    expect(() => prepareSigning(env, join(folder, 'none'))).toThrow(refusal);
  });
});
