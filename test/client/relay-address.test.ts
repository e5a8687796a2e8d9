import { expect, test } from 'vitest';
import { parseRelayAddress, profileIdOf } from '../../client/network/relay-address.ts';
import { readRelayAddress } from '../../shared/relay-address.ts';

test.each([
  ['relay.example.com', 'https://relay.example.com'],
  ['  Relay.Example.com:8443/ ', 'https://relay.example.com:8443'],
  ['https://relay.example.com/', 'https://relay.example.com'],
  ['http://127.0.0.1:8443', 'http://127.0.0.1:8443'],
  ['http://localhost:8443', 'http://localhost:8443'],
  ['http://[::1]:8443', 'http://[::1]:8443'],
  ['relay.example.com:8443', 'https://relay.example.com:8443'],
])('%j is read as %s', (typed, origin) => {
  expect(parseRelayAddress(typed)).toBe(origin);
});

test.each([
  '',
  ' ',
  'not a host',
  'https://',
  'https://a%20b.example',
  'http://relay.example.com',
  'http://127.0.0.1.example.com',
  'http://localhost.example.com',
  'https://user:secret@relay.example.com',
  'https://relay.example.com/path',
  'https://relay.example.com/?x=1',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'ftp://relay.example.com',
  'relay example.com',
  'relay.example.com\\@evil.example',
  `https://${'a'.repeat(3000)}`,
])('%j is refused', (typed) => {
  expect(() => parseRelayAddress(typed)).toThrowError(expect.objectContaining({ code: 'bad-input' }) as Error);
  expect(readRelayAddress(typed)).toMatchObject({ status: 'invalid', message: expect.stringMatching(/\w/) as string });
});

test('a profile’s id tells relays apart by host and port, and is safe in a file name', () => {
  expect(profileIdOf('https://relay.example.com')).toBe('relay.example.com');
  expect(profileIdOf('http://[::1]:8443')).toBe('---1--8443');
});
