import { describe, expect, it } from 'vitest';
import { doOverlap, networkOf, parseNetwork, readCallerNetwork } from '../../../relay/config/values/address-network.ts';

describe('a network of callers', () => {
  it.each([
    ['', 'must be an IP address'],
    ['10.1', 'must be an IP address'],
    ['0x7f.0.0.1', 'must be an IP address'],
    ['example.com', 'must be an IP address'],
    ['fe80::1%eth0', 'without a zone'],
    ['192.0.2.0/33', 'between 0 and 32'],
    ['192.0.2.0/', 'between 0 and 32'],
    ['192.0.2.0/-1', 'between 0 and 32'],
    ['192.0.2.1/24', 'Write “192.0.2.0/24”'],
    ['2001:db8::1/64', 'Write “2001:db8::/64”'],
    ['0.0.0.0/0', 'at least /8'],
    ['10.0.0.0/7', 'at least /8'],
    ['::/0', 'at least /16'],
    ['2000::/3', 'at least /16'],
    ['::ffff:192.0.2.0/120', 'must be written as IPv4'],
  ])('isn’t %j', (text, why) => {
    expect(readCallerNetwork(text)).toEqual({ why: expect.stringContaining(why) });
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7/32', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['2001:DB8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::1/128', '2001:db8::1/128'],
    ['64:ff9b::c000:207', '64:ff9b::c000:207/128'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207/128'],
    ['64:ff9b:1:2::c000:207', '64:ff9b:1:2::c000:207/128'],
    ['64:ff9b::/64', '64:ff9b::/64'],
    ['64:ff9b:2::c000:207', '64:ff9b:2::/64'],
    ['2001:db8::/32', '2001:db8::/32'],
  ])('%s is %s, and that again', (text, network) => {
    expect(readCallerNetwork(text)).toEqual({ network });
    expect(readCallerNetwork(network)).toEqual({ network });
  });

  it.each<[string, string, boolean]>([
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.0/24', '192.0.2.7', true],
    ['192.0.2.7', '192.0.0.0/16', true],
    ['192.0.2.0/25', '192.0.2.128/25', false],
    ['192.0.2.7', '192.0.2.8', false],
    ['::1', '127.0.0.1', false],
    ['2001:db8::/64', '2001:db8::5', true],
    ['2001:db8::/64', '2001:db8:0:1::/64', false],
  ])('%s and %s have an address in common: %s', (one, other, isCommon) => {
    expect(doOverlap(parseNetwork(one), parseNetwork(other))).toBe(isCommon);
    expect(doOverlap(parseNetwork(other), parseNetwork(one))).toBe(isCommon);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '20010db800000000/64'],
    ['64:ff9b::192.0.2.7', '0064ff9b0000000000000000c0000207/128'],
    ['64:ff9b:1::1', '0064ff9b000100000000000000000001/128'],
    ['what is no address', 'what is no address'],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
