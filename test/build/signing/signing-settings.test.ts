import { describe, expect, it } from 'vitest';
import { signMacApp } from '../../../build/signing/sign-mac.ts';
import { azureCommand, osslsigncodeWords } from '../../../build/signing/sign-windows.ts';
import { isSignedOn, signingSettings } from '../../../build/signing/signing-settings.ts';

const pfx = {
  CAUSEWAY_WINDOWS_PFX: 'acme.pfx',
  CAUSEWAY_WINDOWS_PFX_PASSWORD: 'secret',
  CAUSEWAY_WINDOWS_PUBLISHER: 'Acme',
};
const azure = {
  CAUSEWAY_AZURE_ENDPOINT: 'https://weu.codesigning.azure.net',
  CAUSEWAY_AZURE_ACCOUNT: 'acme',
  CAUSEWAY_AZURE_PROFILE: 'apps',
  CAUSEWAY_WINDOWS_PUBLISHER: 'Acme',
};
const pkcs11 = {
  CAUSEWAY_WINDOWS_PKCS11_MODULE: '/usr/lib/token.so',
  CAUSEWAY_WINDOWS_PKCS11_KEY: 'pkcs11:object=causeway',
  CAUSEWAY_WINDOWS_PKCS11_CERTIFICATE: 'acme.pem',
  CAUSEWAY_WINDOWS_PKCS11_PIN: '1234',
  CAUSEWAY_WINDOWS_PUBLISHER: 'Acme',
};
const mac = {
  CAUSEWAY_MAC_IDENTITY: 'Developer ID Application: Acme (ABCDE12345)',
  APPLE_API_KEY: 'key.p8',
  APPLE_API_KEY_ID: 'T9GPZ92M7K',
  APPLE_API_ISSUER: 'c055ca8c',
};
const fingerprint = 'ABF400BE590624EA9171890A2F89A1C4CAD8F507';

describe('what a build is signed with', () => {
  it.each<[what: string, env: Record<string, string>, refusal: RegExp]>([
    ['a PFX without its password', { ...pfx, CAUSEWAY_WINDOWS_PFX_PASSWORD: '' }, /PFX_PASSWORD missing/],
    ['a PFX without who publishes', { ...pfx, CAUSEWAY_WINDOWS_PUBLISHER: ' ' }, /PUBLISHER is missing/],
    ['a service without its profile', { ...azure, CAUSEWAY_AZURE_PROFILE: '' }, /AZURE_PROFILE missing/],
    ['a token without its PIN', { ...pkcs11, CAUSEWAY_WINDOWS_PKCS11_PIN: '' }, /PKCS11_PIN missing/],
    ['two kinds of certificates', { ...pfx, ...azure }, /Several certificates for Windows/],
    [
      'an identity that Apple isn’t shown',
      { CAUSEWAY_MAC_IDENTITY: 'Acme' },
      /APPLE_API_KEY, .*APPLE_API_ISSUER missing/,
    ],
    ['a key of Apple’s without an identity', { ...mac, CAUSEWAY_MAC_IDENTITY: '' }, /CAUSEWAY_MAC_IDENTITY missing/],
    ['a key by the end of its name', { CAUSEWAY_GPG_KEY: 'CAD8F507' }, /isn’t a fingerprint/],
    ['a passphrase without a key', { CAUSEWAY_GPG_PASSPHRASE: 'pp' }, /CAUSEWAY_GPG_KEY is missing/],
  ])('%s is refused, as it would give an unsigned build', (_what, env, refusal) => {
    expect(() => signingSettings(env)).toThrow(refusal);
  });

  it.each<[env: Record<string, string>, signed: readonly NodeJS.Platform[]]>([
    [{}, []],
    [{ CAUSEWAY_GPG_KEY: '', APPLE_API_KEY: '', CAUSEWAY_WINDOWS_PFX: '' }, []],
    [pfx, ['win32']],
    [azure, ['win32']],
    [pkcs11, ['win32']],
    [mac, ['darwin']],
    [{ CAUSEWAY_GPG_KEY: fingerprint.toLowerCase() }, ['linux']],
    [{ ...azure, ...mac, CAUSEWAY_GPG_KEY: fingerprint }, ['win32', 'darwin', 'linux']],
  ])('%j signs on %j', (env, signed) => {
    const settings = signingSettings(env);
    for (const platform of ['win32', 'darwin', 'linux'] as const)
      expect([platform, isSignedOn(platform, settings)]).toEqual([platform, signed.includes(platform)]);
  });

  it('no secret is an argument of the program that signs', () => {
    for (const env of [pfx, pkcs11]) {
      const { windows } = signingSettings(env);
      if (windows === null || windows.kind === 'azure') throw new Error('expected a key');
      const words = osslsigncodeWords('a.exe', 'a.exe.signed', '/run/secret', windows);
      expect(words).toEqual(expect.arrayContaining(['-readpass', '/run/secret', '-h', 'sha256', '-in', 'a.exe']));
      expect(words.join(' ')).not.toMatch(/secret(?!\b)|1234/);
    }
    expect(azureCommand.match(/'[^']*'/g)).toEqual(["'Stop'"]);
  });

  it('signatures outlast their certificates by a timestamp, unless told otherwise', () => {
    const urlOf = (env: Record<string, string>) => signingSettings(env).windows?.timestampUrl;
    expect(urlOf(pfx)).toMatch(/^http/);
    expect(urlOf(azure)).toMatch(/^http/);
    expect(urlOf({ ...pfx, CAUSEWAY_TIMESTAMP_URL: 'https://time.acme.example' })).toBe('https://time.acme.example');
    expect(urlOf({ ...pfx, CAUSEWAY_TIMESTAMP_URL: 'none' })).toBeNull();
  });

  it('an app for macOS is hardened, may do no more than it must, and is shown to Apple once it is signed', async () => {
    const settings = signingSettings(mac).mac;
    if (settings === null) throw new Error('There are no settings to sign with.');
    const done: (readonly [string, Record<string, unknown>])[] = [];
    const noting = (what: string) => async (options: Record<string, unknown>) => void done.push([what, options]);
    await signMacApp('/out/Causeway.app', settings, { sign: noting('sign'), notarize: noting('notarize') });
    const [[first, signed] = ['', {}], ...rest] = done;
    expect([first, signed]).toMatchObject(['sign', { app: '/out/Causeway.app', identity: mac.CAUSEWAY_MAC_IDENTITY }]);
    const perFile = (signed['optionsForFile'] as (path: string) => unknown)('any');
    expect(perFile).toEqual({ entitlements: 'build/entitlements.mac.plist', hardenedRuntime: true });
    const key = { appleApiKey: 'key.p8', appleApiKeyId: 'T9GPZ92M7K', appleApiIssuer: 'c055ca8c' };
    expect(rest).toEqual([['notarize', { appPath: '/out/Causeway.app', ...key }]]);
    const failing = { sign: () => Promise.reject(new Error('no identity')), notarize: noting('notarize') };
    await expect(signMacApp('/out/Causeway.app', settings, failing)).rejects.toThrow('no identity');
    expect(done).toHaveLength(2);
  });
});
