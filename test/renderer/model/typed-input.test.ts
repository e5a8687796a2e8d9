import { describe, expect, test } from 'vitest';
import { addressHost } from '../../../renderer/model/relay-address.ts';
import { parsePort } from '../../../renderer/model/port-input.ts';

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
