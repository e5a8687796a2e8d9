import { expect, test } from 'vitest';
import { describeDevice } from '../../electron/device.ts';

test.each([
  ['linux', '6.12.8-1-generic', 'Linux 6.12'],
  ['darwin', '25.1.0', 'macOS, Darwin 25.1'],
  ['win32', '10.0.26100', 'Windows 10.0'],
  ['freebsd', 'unknown', 'freebsd'],
] as const)('a computer with %s %s is called %s', (platform, release, system) => {
  expect(describeDevice({ hostname: 'host', platform, release, givenName: undefined })).toEqual({
    name: 'host',
    system,
  });
});

test('a name that IT has given stands instead of the host name', () => {
  const facts = { hostname: 'host', platform: 'linux', release: '6.1', givenName: 'alice-laptop' } as const;
  expect(describeDevice(facts).name).toBe('alice-laptop');
});
