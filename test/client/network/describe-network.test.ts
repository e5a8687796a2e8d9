import { expect, test } from 'vitest';
import { describeNetwork } from '../../../client/network/describe-network.ts';

test('the place has the loopback address, and is the same while nothing changes', () => {
  const place = describeNetwork();
  expect(place.addresses.has('127.0.0.1')).toBe(true);
  expect(describeNetwork().fingerprint).toBe(place.fingerprint);
});
