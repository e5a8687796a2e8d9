import { describe, expect, test } from 'vitest';
import { readAuthorities, readStartEnvironment } from '../../electron/environment.ts';
import { AccessError } from '../../shared/errors.ts';

describe('what the app is told at start', () => {
  test('a certificate file that can’t be read keeps the app from starting, and is named', () => {
    const read = (): unknown => readAuthorities('/no/such/file.pem');
    expect(read).toThrow(AccessError);
    expect(read).toThrow('/no/such/file.pem');
  });

  test('empty values mean nothing was said', () => {
    const env = { CAUSEWAY_RELAY_URL: ' ', CAUSEWAY_CA_FILE: '', CAUSEWAY_CLIENT_CERTIFICATE: '' };
    expect(readStartEnvironment(env, ['causeway', '--user-data-dir='])).toEqual({
      suggestedRelayUrl: undefined,
      caFile: undefined,
      certificateFile: undefined,
      certificateKeyFile: undefined,
      deviceName: undefined,
      userDataDir: undefined,
      hidden: false,
    });
    expect(readAuthorities(undefined)).toEqual([]);
  });

  test('certificate and key of the computer are read', () => {
    const env = {
      CAUSEWAY_CLIENT_CERTIFICATE: '/etc/pki/pc.pem',
      CAUSEWAY_CLIENT_CERTIFICATE_KEY: '/etc/pki/pc-key.pem',
    };
    expect(readStartEnvironment(env, [])).toMatchObject({
      certificateFile: '/etc/pki/pc.pem',
      certificateKeyFile: '/etc/pki/pc-key.pem',
    });
  });

  test('relay, profile folder and hidden start are read', () => {
    const env = { CAUSEWAY_RELAY_URL: 'https://relay.example.com' };
    expect(readStartEnvironment(env, ['causeway', '--hidden', '--user-data-dir=/tmp/profile'])).toMatchObject({
      suggestedRelayUrl: 'https://relay.example.com',
      userDataDir: '/tmp/profile',
      hidden: true,
    });
  });
});
