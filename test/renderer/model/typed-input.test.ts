import { describe, expect, test } from 'vitest';
import { addressHost, parseRelayAddress } from '../../../renderer/model/relay-address.ts';
import { parsePort } from '../../../renderer/model/port-input.ts';

describe('parseRelayAddress', () => {
  test.each([
    '',
    '   ',
    'not a host',
    'ftp://relay.example',
    'javascript:alert(1)',
    'https://alice:secret@relay.example',
    'https://',
  ])('refuses %j and says why', (typed) => {
    expect(parseRelayAddress(typed)).toMatchObject({
      status: 'invalid',
      message: expect.stringMatching(/\.$/) as string,
    });
  });

  test.each([
    ['relay.example.com', 'https://relay.example.com'],
    ['  https://relay.example.com/ ', 'https://relay.example.com'],
    ['relay.example.com:8443', 'https://relay.example.com:8443'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['https://example.com/causeway', 'https://example.com/causeway'],
  ])('reads %j as %s', (typed, url) => {
    expect(parseRelayAddress(typed)).toEqual({ status: 'valid', url });
  });
});

test('an address shows as its host, whatever it is', () => {
  expect(addressHost('https://relay.example.com:8443/x')).toBe('relay.example.com:8443');
  expect(addressHost('nonsense')).toBe('nonsense');
});

describe('parsePort', () => {
  test.each(['', '80', '1023', '65536', '7101.5', '-7101', '7e3', '0x1bbd', 'x'])('refuses %j', (typed) => {
    expect(parsePort(typed).status).toBe('invalid');
  });

  test('reads a whole number, spaces around it or not', () => {
    expect(parsePort(' 7101 ')).toEqual({ status: 'valid', port: 7101 });
  });
});
