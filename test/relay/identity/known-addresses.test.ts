import { expect, it } from 'vitest';
import { createKnownAddresses } from '../../../relay/identity/known-addresses.ts';

const dayMs = 86_400_000;

it('knows an address for a day after the last sign-in from there', () => {
  const addresses = createKnownAddresses();
  expect(addresses.has('192.0.2.1', 0)).toBe(false);
  addresses.add('192.0.2.1', 0);
  expect(addresses.has('192.0.2.1', dayMs - 1)).toBe(true);
  expect(addresses.has('192.0.2.1', dayMs)).toBe(false);
  expect(addresses.has('192.0.2.2', 0)).toBe(false);
  addresses.add('192.0.2.1', dayMs - 1);
  expect(addresses.has('192.0.2.1', 2 * dayMs - 2)).toBe(true);
});

it.each([undefined, ''])('never knows an address that nobody has told (%j)', (address) => {
  const addresses = createKnownAddresses();
  addresses.add(address, 0);
  expect(addresses.has(address, 0)).toBe(false);
});

it('forgets the one from where nobody has signed in for longest, when there are more than ten thousand', () => {
  const addresses = createKnownAddresses();
  for (let index = 0; index < 10_000; index += 1) addresses.add(`a${index}`, 0);
  expect(addresses.has('a0', 0)).toBe(true);
  addresses.add('a0', 0);
  addresses.add('b', 0);
  expect(['a0', 'a1', 'a2', 'b'].map((address) => addresses.has(address, 0))).toEqual([true, false, true, true]);
});
